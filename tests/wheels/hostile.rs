//! The strict check, judged alone: pip is a stand-in that hands over whatever the index has, for
//! pip itself refuses some of these wheels, and which ones hangs on its version.

use super::maker::{Header, Member, Zip};
use crate::support::{Project, Run};

/// A pip that copies the wheels of a folder without looking into them.
const COPYING_PIP: &str = r#"
while [ $# -gt 0 ]; do
    case "$1" in
        */answer.json) echo '{"pip":"99.0","configuration":[]}' > "$1" ;;
        --dest) folder=$2 ;;
        -r) lines=$2 ;;
    esac
    shift
done
while read -r line; do cp "$PIP_FIND_LINKS/$line"-*.whl "$folder/" || exit 1; done < "$lines"
"#;

/// What breaks a good wheel.
type Change<'a> = &'a dyn Fn(&mut Zip);

/// A regular file.
pub(super) const FILE: u32 = 0o100_644;

/// Packages one lambda for each wheel, each requiring its own.
pub(super) fn package(project: &Project, wheels: &[(&str, Vec<u8>)]) -> Run {
    for (name, bytes) in wheels {
        project.write(&format!("lambdas/{name}/app.py"), "");
        project.write(&format!("lambdas/{name}/requirements.txt"), name);
        project.write(&format!("lambdas/{name}/{name}.zip"), "the last good one");
        let wheel = project.index().join(format!("{name}-1.0-py3-none-any.whl"));
        std::fs::write(wheel, bytes).expect("a wheel");
    }
    let path = project.program("python3.12", COPYING_PIP);
    project.tool().env("PATH", path).run(&["--format", "json", "--python", "3.12", "-q"])
}

/// Makes sure that each wheel is refused with nothing left of it anywhere, and returns the
/// messages, a line each.
fn refusals(wheels: &[(&str, Vec<u8>)]) -> String {
    let project = Project::new();
    let run = package(&project, wheels);
    assert_eq!(run.code, 4, "{}", run.stderr);
    let json = run.json();
    assert!(json["packages"].as_array().is_some_and(Vec::is_empty), "{}", json["packages"]);
    let mut said = Vec::new();
    for failure in json["failures"].as_array().expect("a list") {
        let name = failure["name"].as_str().expect("a name");
        let code = failure["code"].as_str().expect("a code");
        assert!(matches!(code, "wheel-refused" | "wheel-too-large"), "{failure}");
        let message = failure["message"].as_str().expect("a message");
        let wheel = format!("the wheel `{name}-1.0-py3-none-any.whl` can't be used: ");
        let reason = message.strip_prefix(&wheel).unwrap_or(message);
        said.push(format!("{name}: {reason}\n"));
    }
    assert_eq!(said.len(), wheels.len(), "{}", run.stderr);
    for (name, _) in wheels {
        assert_eq!(project.read(&format!("lambdas/{name}/{name}.zip")), b"the last good one");
    }
    let held = project.run(&["cache", "size", "--format", "json"]).json();
    assert_eq!((&held["files"], &held["bytes"]), (&0.into(), &0.into()));
    for entry in walkdir::WalkDir::new(project.root().parent().expect("a folder above")) {
        let path = entry.expect("it can be listed").into_path();
        assert!(!path.display().to_string().contains("escape"), "{path:?}");
    }
    said.concat()
}

pub(super) fn plain(record: String) -> String {
    record
}

/// A good wheel with one more member.
fn with(project: &str, path: &str, bytes: &[u8], mode: u32) -> Vec<u8> {
    Zip::wheel(project, &[(path, bytes, mode)], plain).bytes()
}

/// A good wheel whose first member, and all else, can be changed.
fn changed(project: &str, change: impl Fn(&mut Zip)) -> Vec<u8> {
    let mut zip = Zip::wheel(project, &[], plain);
    change(&mut zip);
    zip.bytes()
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let long = format!("x/{}.py", "a".repeat(300));
    let names = [
        ("parent", "../escape.txt"),
        ("parent_inside", "x/../../escape.txt"),
        ("parent_alone", ".."),
        ("parent_last", "x/.."),
        ("absolute", "/nowhere/escape.txt"),
        ("absolute_twice", "//nowhere/escape.txt"),
        ("network", "\\\\nowhere\\escape.txt"),
        ("backslash", "..\\escape.txt"),
        ("drive", "C:escape.txt"),
        ("drive_backslash", "C:\\escape.txt"),
        ("dot", "x/./x.py"),
        ("dot_first", "./x.py"),
        ("empty_segment", "x//x.py"),
        ("nul", "x/\0nul.py"),
        ("newline", "x/new\nline.py"),
        ("carriage_return", "x/\rreturn.py"),
        ("tab", "x/\ttab.py"),
        ("delete", "x/\u{7f}.py"),
        ("next_line", "x/\u{85}.py"),
        ("terminal", "x/\u{1b}[31m.py"),
        ("long_segment", &long),
        ("up_through_a_file", "up_through_a_file/__init__.py/../../../escape"),
        ("below_a_file", "below_a_file/__init__.py/x.py"),
        ("scripts_out", "STEM.data/scripts/../../../escape"),
        ("data_out", "STEM.data/data/../../escape"),
        ("headers_out", "STEM.data/headers/../escape"),
        ("platlib_out", "STEM.data/platlib/../../../escape"),
        ("info_out", "STEM.dist-info/../../escape"),
        ("purelib_slash", "STEM.data/purelib//escape"),
    ];
    let mut wheels: Vec<_> =
        names.iter().map(|(name, path)| (*name, with(name, path, b"bad", FILE))).collect();
    let not_utf8 = |zip: &mut Zip| zip.members[0].both(|header| header.name[0] = 0xff);
    wheels.push(("not_utf8", changed("not_utf8", not_utf8)));
    let mut unsaid = Zip::wheel("unsaid_encoding", &[("\u{e9}.py", b"", FILE)], plain);
    unsaid.members[3].both(|header| header.flags = 0);
    wheels.push(("unsaid_encoding", unsaid.bytes()));
    expect_test::expect![[r#"
        absolute: member `/nowhere/escape.txt` is absolute
        absolute_twice: member `//nowhere/escape.txt` is absolute
        backslash: member `..\\escape.txt` has a backslash
        below_a_file: member `below_a_file/__init__.py/x.py` lies below another member
        carriage_return: member `x/\rreturn.py` has a control character
        data_out: member `data_out-1.0.data/data/../../escape` leaves the package
        delete: member `x/\u{7f}.py` has a control character
        dot: member `x/./x.py` has an empty or a `.` segment
        dot_first: member `./x.py` has an empty or a `.` segment
        drive: member `C:escape.txt` is absolute
        drive_backslash: member `C:\\escape.txt` has a backslash
        empty_segment: member `x//x.py` has an empty or a `.` segment
        headers_out: member `headers_out-1.0.data/headers/../escape` leaves the package
        info_out: member `info_out-1.0.dist-info/../../escape` leaves the package
        long_segment: member `x/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.py` is too long
        network: member `\\\\nowhere\\escape.txt` has a backslash
        newline: member `x/new\nline.py` has a control character
        next_line: member `x/\u{85}.py` has a control character
        not_utf8: a name is not UTF-8
        nul: member `x/\0nul.py` has a control character
        parent: member `../escape.txt` leaves the package
        parent_alone: member `..` leaves the package
        parent_inside: member `x/../../escape.txt` leaves the package
        parent_last: member `x/..` leaves the package
        platlib_out: member `platlib_out-1.0.data/platlib/../../../escape` leaves the package
        purelib_slash: member `purelib_slash-1.0.data/purelib//escape` has an empty or a `.` segment
        scripts_out: member `scripts_out-1.0.data/scripts/../../../escape` leaves the package
        tab: member `x/\ttab.py` has a control character
        terminal: member `x/\u{1b}[31m.py` has a control character
        unsaid_encoding: member `é.py` has a name that says nothing of its encoding
        up_through_a_file: member `up_through_a_file/__init__.py/../../../escape` leaves the package
    "#]].assert_eq(&refusals(&wheels));
}

#[test]
fn members_that_are_no_files_or_have_no_place_are_refused() {
    let scripts = b"[console_scripts]\n../../escape = x:y\n";
    let windows = b"[gui_scripts]\n../../escape = x:y\n";
    let absolute = b"[console_scripts]\n/nowhere/escape = x:y\n";
    let wheels = [
        ("symlink", with("symlink", "x/l", b"/etc/hostname", 0o120_777)),
        ("symlink_folder", {
            let files: &[(&str, &[u8], u32)] =
                &[("x/d", b"/tmp", 0o120_777), ("x/d/escape", b"bad", FILE)];
            Zip::wheel("symlink_folder", files, plain).bytes()
        }),
        ("symlink_up", with("symlink_up", "x/l", b"..", 0o120_777)),
        ("fifo", with("fifo", "x/f", b"", 0o010_644)),
        ("socket", with("socket", "x/f", b"", 0o140_644)),
        ("block_device", with("block_device", "x/f", b"", 0o060_644)),
        ("device", with("device", "x/f", b"", 0o020_644)),
        ("folder_with_bytes", with("folder_with_bytes", "x/", b"bad", 0o040_755)),
        ("unknown_scheme", with("unknown_scheme", "STEM.data/etc/x", b"bad", FILE)),
        ("entry_point", with("entry_point", "STEM.dist-info/entry_points.txt", scripts, FILE)),
        ("of_windows", with("of_windows", "STEM.dist-info/entry_points.txt", windows, FILE)),
        ("of_root", with("of_root", "STEM.dist-info/entry_points.txt", absolute, FILE)),
    ];
    expect_test::expect![[r#"
        block_device: member `x/f` is neither a file nor a folder
        device: member `x/f` is neither a file nor a folder
        entry_point: its script `../../escape` leaves bin/
        fifo: member `x/f` is neither a file nor a folder
        folder_with_bytes: member `x/` is a folder with bytes
        of_root: its script `/nowhere/escape` leaves bin/
        of_windows: its script `../../escape` leaves bin/
        socket: member `x/f` is neither a file nor a folder
        symlink: member `x/l` is a symbolic link
        symlink_folder: member `x/d` is a symbolic link
        symlink_up: member `x/l` is a symbolic link
        unknown_scheme: member `unknown_scheme-1.0.data/etc/x` is of an unknown .data scheme
    "#]]
    .assert_eq(&refusals(&wheels));
}

#[test]
fn names_twice_with_other_bytes_and_metadata_that_is_wrong_are_refused() {
    let text = |project: &str, member: usize, text: &str| {
        let mut zip = Zip::wheel(project, &[], plain);
        let name = String::from_utf8(zip.members[member].local.name.clone()).expect("UTF-8");
        zip.members[member] = Member::new(&name, text.as_bytes(), FILE);
        zip.bytes()
    };
    let wheels = [
        ("twice_other", with("twice_other", "twice_other/__init__.py", b"x = 2\n", FILE)),
        ("twice_mode", with("twice_mode", "twice_mode/__init__.py", b"x = 1\n", 0o100_755)),
        ("one_place", with("one_place", "STEM.data/purelib/one_place/__init__.py", b"", FILE)),
        ("below_a_place", with("below_a_place", "STEM.data/data/below_a_place", b"", FILE)),
        ("two_infos", with("two_infos", "other-1.0.dist-info/METADATA", b"", FILE)),
        ("no_metadata", changed("no_metadata", |zip| drop(zip.members.remove(1)))),
        ("no_record", changed("no_record", |zip| drop(zip.members.pop()))),
        ("no_wheel", changed("no_wheel", |zip| drop(zip.members.remove(2)))),
        ("other_project", text("other_project", 1, "Name: another\nVersion: 1.0\n")),
        ("other_version", text("other_version", 1, "Name: other_version\nVersion: 1.1\n")),
        ("no_name", text("no_name", 1, "Metadata-Version: 2.1\nVersion: 1.0\n")),
        ("no_version", text("no_version", 1, "Metadata-Version: 2.1\nName: no_version\n")),
        ("empty_metadata", text("empty_metadata", 1, "")),
        ("unsaid_wheel", text("unsaid_wheel", 2, "Root-Is-Purelib: true\n")),
        ("later_wheel", text("later_wheel", 2, "Wheel-Version: 2.0\n")),
    ];
    expect_test::expect![[r#"
        below_a_place: `below_a_place/__init__.py` would lie below a file
        empty_metadata: its METADATA has no name or no version
        later_wheel: its Wheel-Version is `2.0`
        no_metadata: it has no METADATA in its .dist-info
        no_name: its METADATA has no name or no version
        no_record: it has no RECORD in its .dist-info
        no_version: its METADATA has no name or no version
        no_wheel: it has no WHEEL in its .dist-info
        one_place: two of its members would become `one_place/__init__.py`
        other_project: its METADATA says `another 1.0`
        other_version: its METADATA says `other-version 1.1`
        twice_mode: it has member `twice_mode/__init__.py` twice, with other bytes
        twice_other: it has member `twice_other/__init__.py` twice, with other bytes
        two_infos: it has not exactly one .dist-info folder
        unsaid_wheel: its WHEEL has no Wheel-Version
    "#]]
    .assert_eq(&refusals(&wheels));
}

#[test]
fn a_zip_with_two_readings_is_refused() {
    fn central(zip: &mut Zip) -> &mut Header {
        &mut zip.members[0].central
    }
    fn local(zip: &mut Zip) -> &mut Header {
        &mut zip.members[0].local
    }
    // The field of a name in UTF-8, for a name with another CRC.
    let renaming =
        |name: &[u8]| [&[0x75, 0x70, 5 + name.len() as u8, 0, 1, 0, 0, 0, 0], name].concat();
    // The field of a zip64.
    let large = |numbers: &[u64]| {
        let head = [1, 0, 8 * numbers.len() as u8, 0];
        let numbers: Vec<u8> = numbers.iter().flat_map(|it| it.to_le_bytes()).collect();
        [&head[..], &numbers].concat()
    };
    let mut tar = vec![b'a'; 257];
    tar.extend(b"ustar\x0000");
    tar.resize(512, 0);
    let second = Zip::wheel("two_zips", &[("x/second.py", b"", FILE)], plain).bytes();
    let cases: &[(&str, Change<'_>)] = &[
        ("zip_before", &|zip| zip.before.clone_from(&second)),
        ("tar_before", &|zip| zip.before.clone_from(&tar)),
        ("member_behind", &|zip| zip.after = b"\nPK\x03\x04".to_vec()),
        ("far_behind", &|zip| zip.after = vec![0; 70_000]),
        ("two_zips", &|zip| zip.after.clone_from(&second)),
        ("comment", &|zip| zip.comment = b"PK\x05\x06".to_vec()),
        ("renamed", &|zip| zip.members[0].central.extra = renaming(b"x/other.py")),
        ("renamed_locally", &|zip| zip.members[0].local.extra = renaming(b"x/other.py")),
        ("named_twice", &|zip| {
            let name = renaming(&zip.members[0].central.name);
            zip.members[0].central.extra = [name.clone(), name].concat();
        }),
        ("other_size", &|zip| central(zip).extra = large(&[7])),
        ("other_size_locally", &|zip| local(zip).extra = large(&[7, 7])),
        ("other_offset", &|zip| {
            let (size, packed) = (central(zip).size.into(), central(zip).packed.into());
            central(zip).extra = large(&[size, packed, 9]);
        }),
        ("large_twice", &|zip| central(zip).extra = [large(&[]), large(&[])].concat()),
        ("not_how_large", &|zip| central(zip).size = u32::MAX),
        ("large_not_there", &|zip| {
            central(zip).size = u32::MAX;
            central(zip).extra = large(&[]);
        }),
        ("cut_extra", &|zip| central(zip).extra = vec![9, 9, 5, 0, 1]),
        ("cut_extra_locally", &|zip| local(zip).extra = vec![9, 9, 5, 0, 1]),
        ("large_elsewhere", &|zip| zip.large = Some(1)),
        ("local_name", &|zip| local(zip).name[0] ^= 1),
        ("central_name", &|zip| central(zip).name[0] ^= 1),
        ("local_crc", &|zip| local(zip).crc ^= 1),
        ("central_crc", &|zip| central(zip).crc ^= 1),
        ("both_crc", &|zip| zip.members[0].both(|header| header.crc ^= 1)),
        ("local_size", &|zip| local(zip).size += 1),
        ("central_size", &|zip| central(zip).size += 1),
        ("both_size", &|zip| zip.members[0].both(|header| header.size += 1)),
        ("local_flags", &|zip| local(zip).flags = 1),
        ("local_method", &|zip| local(zip).method = 0),
        ("unknown_method", &|zip| zip.members[0].both(|header| header.method = 99)),
        ("lzma", &|zip| zip.members[0].both(|header| header.method = 14)),
        ("encrypted", &|zip| zip.members[0].both(|header| header.flags |= 1)),
        ("count_low", &|zip| zip.miscount = -1),
        ("count_high", &|zip| zip.miscount = 1),
        ("directory_elsewhere", &|zip| zip.misplaced = 10),
        ("member_elsewhere", &|zip| zip.members[0].at = Some(0x7fff_ffff)),
        ("other_disk", &|zip| zip.disk = 1),
        ("hidden_member", &|zip| {
            let hidden = Member::new("x/hidden.py", b"", FILE);
            zip.members.push(Member { is_listed: false, ..hidden });
        }),
        ("hidden_between", &|zip| {
            let hidden = Member::new("x/hidden.py", b"", FILE);
            zip.members.insert(1, Member { is_listed: false, ..hidden });
        }),
        ("gap", &|zip| zip.members[0].behind = vec![0; 12]),
        ("gap_of_one", &|zip| zip.members[0].behind = vec![0]),
        ("false_descriptor", &|zip| {
            zip.members[0].both(|header| header.flags = 8);
            zip.members[0].behind = vec![7; 12];
        }),
        ("bytes_behind_end", &|zip| {
            zip.members[0].data.push(0);
            zip.members[0].both(|header| header.packed += 1);
        }),
        ("cut_stream", &|zip| {
            zip.members[0].data.pop();
            zip.members[0].both(|header| header.packed -= 1);
        }),
        ("no_deflate", &|zip| zip.members[0].data[0] = 7),
    ];
    let wheels: Vec<_> =
        cases.iter().map(|(name, change)| (*name, changed(name, change))).collect();
    expect_test::expect![[r#"
        both_crc: member `both_crc/__init__.py` has another CRC than it claims
        both_size: member `both_size/__init__.py` unpacks to another size than it claims
        bytes_behind_end: member `bytes_behind_end/__init__.py` has bytes behind its end
        central_crc: member `central_crc/__init__.py` has another size or CRC in its local header
        central_name: member `bentral_name/__init__.py` has another name in its local header
        central_size: member `central_size/__init__.py` has another size or CRC in its local header
        comment: it does not end with the end record of a zip
        count_high: its end record counts 5 members, not 4
        count_low: its end record counts 3 members, not 4
        cut_extra: member `cut_extra/__init__.py` has an extra field that is cut short
        cut_extra_locally: member `cut_extra_locally/__init__.py` has an extra field that is cut short
        cut_stream: member `cut_stream/__init__.py` is cut short
        directory_elsewhere: its end record points elsewhere than to its directory
        encrypted: member `encrypted/__init__.py` is encrypted, patched or masked
        false_descriptor: member `false_descriptor/__init__.py` has another size or CRC in its data descriptor
        far_behind: it does not end with the end record of a zip
        gap: member `gap/__init__.py` has a gap or an overlap behind it
        gap_of_one: member `gap_of_one/__init__.py` has a gap or an overlap behind it
        hidden_between: member `hidden_between/__init__.py` has a gap or an overlap behind it
        hidden_member: member `hidden_member-1.0.dist-info/RECORD` has a gap or an overlap behind it
        large_elsewhere: it has two end records that differ
        large_not_there: member `large_not_there/__init__.py` says that it is large, and not how large
        large_twice: member `large_twice/__init__.py` has an extra field twice
        local_crc: member `local_crc/__init__.py` has another size or CRC in its local header
        local_flags: member `local_flags/__init__.py` has other flags or another method in its local header
        local_method: member `local_method/__init__.py` has other flags or another method in its local header
        local_name: member `local_name/__init__.py` has another name in its local header
        local_size: member `local_size/__init__.py` has another size or CRC in its local header
        lzma: member `lzma/__init__.py` has the method 14, neither stored nor deflated
        member_behind: it has parts of another zip behind its end record
        member_elsewhere: it has another archive before its first member
        named_twice: member `named_twice/__init__.py` has an extra field twice
        no_deflate: member `no_deflate/__init__.py` does not inflate
        not_how_large: member `not_how_large/__init__.py` says that it is large, and not how large
        other_disk: its end record speaks of other disks
        other_offset: member `other_offset/__init__.py` has other numbers in an extra field
        other_size: member `other_size/__init__.py` has other numbers in an extra field
        other_size_locally: member `other_size_locally/__init__.py` has other numbers in an extra field
        renamed: member `renamed/__init__.py` has another name in an extra field
        renamed_locally: member `renamed_locally/__init__.py` has another name in an extra field
        tar_before: it has another archive before its first member
        two_zips: it has another archive before its first member
        unknown_method: member `unknown_method/__init__.py` has the method 99, neither stored nor deflated
        zip_before: it has another archive before its first member
    "#]].assert_eq(&refusals(&wheels));
}

#[test]
fn bombs_and_broken_downloads_are_refused() {
    let good = changed("cut_end", |_| {});
    let zeros = vec![0; 64 << 20];
    let bomb = Member::new("x/bomb", &zeros, FILE);
    let wheels = [
        (
            "bomb",
            changed("bomb", |zip| {
                // Five times 64 MiB, as they say themselves.
                let named = |number| Member::new(&format!("x/{number}"), b"", FILE).local.name;
                for number in 0..5 {
                    let mut bomb = bomb.clone();
                    bomb.both(|header| header.name = named(number));
                    zip.members.push(bomb);
                }
            }),
        ),
        ("lying_bomb", {
            let record =
                |record| record + "x/bomb,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,1\n";
            let mut zip = Zip::wheel("lying_bomb", &[], record);
            let mut bomb = bomb.clone();
            bomb.both(|header| header.size = 1);
            zip.members.push(bomb);
            zip.bytes()
        }),
        (
            "overlap",
            changed("overlap", |zip| {
                for number in 0..2_000 {
                    let mut shared = zip.members[0].clone();
                    shared.central.name = format!("x/{number:06}.py").into_bytes();
                    zip.members.push(Member { at: Some(0), is_written: false, ..shared });
                }
            }),
        ),
        ("cut_end", good[..good.len() - 10].to_vec()),
        ("half", good[..good.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("html", b"<html>502 Bad Gateway, and some more text</html>".to_vec()),
    ];
    expect_test::expect![[r#"
        bomb: the wheel `bomb-1.0-py3-none-any.whl` unpacks to 335,544,690 bytes, more than the 262,144,000 that Lambda takes
        cut_end: it does not end with the end record of a zip
        empty: it is too short to be a zip
        half: it does not end with the end record of a zip
        html: it does not end with the end record of a zip
        lying_bomb: member `x/bomb` unpacks to more than it claims
        overlap: member `overlap/__init__.py` overlaps what comes after it
    "#]]
    .assert_eq(&refusals(&wheels));
}
