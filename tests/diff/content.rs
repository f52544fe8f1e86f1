//! `--content`: one member, line by line.

use expect_test::expect;

use super::{check, diff, packaged};
use crate::support::Project;

/// A project whose sources have changed since it was packaged.
fn changed() -> Project {
    let project = packaged();
    project
        .write("lambdas/api/lib/text.py", "WORDS = [\n    \"one\",\n    \"2\",\n    \"three\",\n]");
    project.write("lambdas/api/new.py", "NEW = True\n");
    project.write("lambdas/api/data.bin", [0, 1, 2]);
    project
}

#[test]
fn a_text_is_shown_as_a_unified_diff() {
    let project = changed();
    check(
        &diff(&project, &["api", "--content", "lib/text.py"]),
        expect![[r#"
        exit code: 1
        --- stdout
        --- a/lib/text.py
        +++ b/lib/text.py
        @@ -1,5 +1,5 @@
         WORDS = [
             "one",
        -    "two",
        +    "2",
             "three",
        -]
        +]
        \ No newline at end of file
        --- stderr
    "#]],
    );
    let json = ["api", "--content", "lib/text.py", "--format", "json"];
    check(
        &diff(&project, &json),
        expect![[r#"
            exit code: 1
            --- stdout
            {"schema":1,"tool":{"name":"cargo-dofs-package","version":"0.1.0","format":1},"name":"api","status":"differs","before":{"path":"lambdas/api/api.zip","source_code_hash":"[BASE64]","sha256":"[HEX]","size":412,"entries":3},"after":{"path":null,"source_code_hash":"[BASE64]","sha256":"[HEX]","size":604,"entries":5},"reasons":[],"requirements":[],"members":[],"content":{"path":"lib/text.py","kind":"text","before":{"size":47,"sha256":"[HEX]"},"after":{"size":44,"sha256":"[HEX]"},"diff":"@@ -1,5 +1,5 @@\n WORDS = [\n     \"one\",\n-    \"two\",\n+    \"2\",\n     \"three\",\n-]\n+]\n\\ No newline at end of file\n"},"failures":[]}
            --- stderr
        "#]],
    );
}

#[test]
fn a_new_text_is_compared_with_nothing() {
    check(
        &diff(&changed(), &["api", "--content", "new.py"]),
        expect![[r#"
        exit code: 1
        --- stdout
        --- /dev/null
        +++ b/new.py
        @@ -0,0 +1 @@
        +NEW = True
        --- stderr
    "#]],
    );
}

#[test]
fn what_is_no_text_is_told_by_size_and_digest() {
    check(
        &diff(&changed(), &["api", "--content", "data.bin"]),
        expect![[r#"
        exit code: 1
        --- stdout
        member	binary	data.bin	-	3 [HEX]
        --- stderr
    "#]],
    );
}

#[test]
fn a_text_of_megabytes_is_not_shown_line_by_line() {
    let project = changed();
    project.write("lambdas/api/lib/text.py", "a line\n".repeat(300_000));
    check(
        &diff(&project, &["api", "--content", "lib/text.py"]),
        expect![[r#"
        exit code: 1
        --- stdout
        member	large	lib/text.py	47 [HEX]	2100000 [HEX]
        --- stderr
    "#]],
    );
}

#[test]
fn a_member_that_is_the_same_is_no_difference_whatever_others_are() {
    check(
        &diff(&changed(), &["api", "--content", "api.py"]),
        expect![[r#"
        exit code: 0
        --- stdout
        --- stderr
    "#]],
    );
}

#[test]
fn a_member_that_neither_has_is_a_wrong_command_line() {
    check(
        &diff(&changed(), &["api", "--content", "lib/test.py"]),
        expect![[r#"
        exit code: 2
        --- stdout
        --- stderr
        error: neither has a member `lib/test.py`
        hint: did you mean `lib/text.py`?
    "#]],
    );
}

#[test]
fn what_would_move_a_terminal_is_no_text() {
    let project = changed();
    project.write("lambdas/api/lib/text.py", "\u{1b}[2J");
    let run = diff(&project, &["api", "--content", "lib/text.py"]);
    assert!(run.stdout.starts_with("member\tbinary\tlib/text.py\t"), "{run:?}");
}
