//! What is not the wheel of the lock is refused, and leaves nothing behind.

use expect_test::{Expect, expect};

use super::{LOCK, bare, kept, locked, one_and_two, shown, text};
use crate::support::{Index, Project, Reply, Wheel};

/// What is damaged.
struct Damage<'a> {
    project: &'a Project,
    index: &'a Index,
    /// The wheel that goes wrong.
    wheel: &'a Wheel,
}

/// Does damage, builds, and makes sure that nothing comes of it.
fn refuses(damage: impl FnOnce(&Damage<'_>), expected: Expect) {
    let wheels = one_and_two();
    let (project, index) = locked("one\n", &wheels);
    project.write("lambdas/api/api.zip", "the old one");
    let wheel = &wheels[1];
    damage(&Damage { project: &project, index: &index, wheel });

    let run = bare(&project).run(&["build", "-q"]);

    expected.assert_eq(&shown(&run.text(), &index, &wheels));
    assert_eq!(project.read("lambdas/api/api.zip"), b"the old one");
    assert!(!kept(&project).iter().any(|name| name.contains(&wheel.sha256())));
    assert_eq!(project.leftovers(), Vec::<std::path::PathBuf>::new());
    let left: Vec<String> = kept(&project);
    assert!(left.iter().all(|name| !name.ends_with(".whl")), "{left:?}");
}

#[test]
fn a_flipped_byte_is_found() {
    let damage = |it: &Damage<'_>| {
        let mut bytes = it.wheel.bytes();
        bytes[40] ^= 1;
        it.index.answer(it.wheel, Reply::File(bytes));
    };
    refuses(
        damage,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl` has another hash than expected
          --> lambdas/api
          caused by: expected sha256:[SHA256 of two]
          caused by: found sha256:d9db7b85a5667f656a942f209851eeae4e5410810b8d0b7d4623807c7dfbb3f6
        hint: find out why the file was replaced before you trust it
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn a_wrong_sha256_in_the_lock_is_found() {
    let damage = |it: &Damage<'_>| {
        let lock = text(it.project, LOCK).replace(&it.wheel.sha256(), &"0".repeat(64));
        it.project.write(LOCK, lock);
    };
    refuses(
        damage,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl` has another hash than expected
          --> lambdas/api
          caused by: expected sha256:0000000000000000000000000000000000000000000000000000000000000000
          caused by: found sha256:[SHA256 of two]
        hint: find out why the file was replaced before you trust it
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn a_smaller_size_in_the_lock_is_found() {
    let damage = |it: &Damage<'_>| {
        let size = format!("size = {},", it.wheel.bytes().len());
        it.project.write(LOCK, text(it.project, LOCK).replace(&size, "size = 100,"));
    };
    refuses(
        damage,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl` is larger than 100 bytes
          --> lambdas/api
          caused by: that is the size that it should have
        hint: find out why the file was replaced before you trust it
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn a_larger_size_in_the_lock_is_found() {
    let damage = |it: &Damage<'_>| {
        let size = format!("size = {},", it.wheel.bytes().len());
        it.project.write(LOCK, text(it.project, LOCK).replace(&size, "size = 100000,"));
    };
    refuses(
        damage,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl` has 838 bytes, and not 100000
          --> lambdas/api
        hint: find out why the file was replaced before you trust it
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn a_body_that_is_always_cut_is_given_up() {
    let damage = |it: &Damage<'_>| it.index.answer(it.wheel, Reply::Half(it.wheel.bytes()));
    refuses(
        damage,
        expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: cannot fetch `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl`
          --> lambdas/api
          caused by: peer disconnected (the last of 6 tries)
        hint: check the network; behind a proxy, set `HTTPS_PROXY`
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn a_wheel_that_is_gone_is_told_of() {
    let damage = |it: &Damage<'_>| it.index.answer(it.wheel, Reply::Status("404 Not Found"));
    refuses(
        damage,
        expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: there is no `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl`
          --> lambdas/api
          caused by: the server answered 404 Not Found
        hint: choose anew with `cargo dofs-package lock --upgrade`
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn a_server_that_wants_a_password_is_told_of_where_there_is_no_pip() {
    let damage = |it: &Damage<'_>| it.index.answer(it.wheel, Reply::Status("401 Unauthorized"));
    refuses(
        damage,
        expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: may not fetch `two-1.0-py3-none-any.whl` from `http://[INDEX]/two-1.0-py3-none-any.whl`
          --> lambdas/api
          caused by: the server answered 401 Unauthorized
        hint: give pip credentials for the server, by its keyring or a `.netrc`
        error: 1 of 1 lambda could not be packaged
    "#]],
    );
}

#[test]
fn an_index_that_is_down_is_told_of() {
    let wheels = one_and_two();
    let (project, index) = locked("one\n", &wheels);
    project.write("lambdas/api/api.zip", "the old one");
    let address = index.address();
    drop(index);

    let run = bare(&project).run(&["build", "-q"]);

    expect![[r#"
        exit code: 5
        --- stdout
        --- stderr
        error: cannot fetch `one-1.0-py3-none-any.whl` from `http://[INDEX]/one-1.0-py3-none-any.whl`
          --> lambdas/api
          caused by: connection refused (the last of 5 tries)
        hint: check the network; behind a proxy, set `HTTPS_PROXY`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text().replace(&address, "[INDEX]"));
    assert_eq!(text(&project, "lambdas/api/api.zip"), "the old one");
}

#[test]
fn an_own_wheel_that_is_another_one_is_refused_under_its_name() {
    let wheel = Wheel::new("own", "1.0");
    let project = super::requiring(&[]);
    project.write("lambdas/api/api.py", super::MODULE);
    project.write("wheels/own-1.0-py3-none-any.whl", wheel.clone().file("own/x.py", "").bytes());
    let lock = format!(
        "lock-version = \"1.0\"\ncreated-by = \"hand\"\n\n[[packages]]\nname = \"own\"\nversion = \
         \"1.0\"\nwheels = [{{ path = \"../../wheels/own-1.0-py3-none-any.whl\", hashes = {{ \
         sha256 = \"{}\" }} }}]\n",
        wheel.sha256()
    );
    project.write(LOCK, lock);

    let run = bare(&project).run(&["build", "-q"]);

    expect![[r#"
        exit code: 4
        --- stdout
        --- stderr
        error: `own-1.0-py3-none-any.whl` was replaced by another file of that name
          --> lambdas/api
        hint: choose anew with `cargo dofs-package lock --upgrade`; where there is no lock, with `build --upgrade`
        error: 1 of 1 lambda could not be packaged
    "#]].assert_eq(&run.text());
}
