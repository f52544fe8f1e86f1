//! The store.

use expect_test::expect;

use super::{check, say};
use crate::support::Project;

#[test]
fn the_store_is_shown_measured_and_emptied() {
    let project = Project::new();
    let store = project.store();
    std::fs::create_dir(store.join("wheels-1")).unwrap();
    std::fs::write(store.join("wheels-1/one"), [0; 2000]).unwrap();
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n\
        # This folder is the store of cargo-dofs-package; `cargo dofs-package cache clean` empties \
        it.\n";
    std::fs::write(store.join("CACHEDIR.TAG"), tag).unwrap();
    std::fs::write(store.join("mine"), "not the tool's").unwrap();
    let tool = project.tool();
    assert_eq!(tool.run(&["cache", "dir"]).stdout, format!("{}\n", store.display()));
    let json = tool.run(&["cache", "dir", "--format=json"]).json();
    assert_eq!(json, serde_json::json!({"schema": 1, "directory": store.display().to_string()}));
    let commands: &[&[&str]] = &[
        &["cache", "size"],
        &["cache", "size", "--format=json"],
        &["cache", "clean"],
        &["cache", "clean", "--format=json"],
    ];
    expect![[r#"
        $ cache size
        exit code: 0
        --- stdout
        2000
        --- stderr
             Counted 1 file, 2.0 kB

        $ cache size --format=json
        exit code: 0
        --- stdout
        {"schema":1,"files":1,"bytes":2000}
        --- stderr
             Counted 1 file, 2.0 kB

        $ cache clean
        exit code: 0
        --- stdout
        --- stderr
             Removed 1 file, 2.0 kB

        $ cache clean --format=json
        exit code: 0
        --- stdout
        {"schema":1,"files":0,"bytes":0}
        --- stderr
             Removed 0 files, 0 B
    "#]]
    .assert_eq(&say(&tool, commands));
    assert!(!store.join("wheels-1").exists());
    assert!(store.join("mine").exists());
}

#[test]
fn a_folder_that_is_no_store_is_not_emptied() {
    let project = Project::new();
    std::fs::create_dir(project.store().join("wheels-1")).unwrap();
    check(
        &project.run(&["cache", "clean"]),
        expect![[r#"
            exit code: 3
            --- stdout
            --- stderr
            error: cannot empty `[STORE]`
              caused by: it has no CACHEDIR.TAG of this tool, so it is no store
            hint: set `DOFS_PACKAGE_CACHE_DIR` to a folder of its own that you can write to
        "#]],
    );
    assert!(project.store().join("wheels-1").exists());
    check(
        &project.run(&["cache", "size"]),
        expect![[r#"
            exit code: 0
            --- stdout
            0
            --- stderr
                 Counted 0 files, 0 B
        "#]],
    );
}
