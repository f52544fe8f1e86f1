//! What a config says of lambdas that can't be: each with its exit code, its place and what to do.

use crate::support::Project;

use super::HANDLER;

/// Files beside `lambdas/api` and `lambdas/web`, the exit code, and what is said.
type Row = (&'static [(&'static str, &'static str)], i32, &'static [&'static str]);

const CONFIG: &str = "dofs-package.toml";

fn refused(rows: &[Row]) {
    for (files, code, said) in rows {
        let project = Project::with(files);
        project.write("lambdas/api/handler.py", HANDLER);
        project.write("lambdas/web/handler.py", HANDLER);
        for command in ["build", "list"] {
            let run = project.run(&[command]);
            assert_eq!(run.code, *code, "{files:?}: {}", run.text());
            for line in *said {
                assert!(run.stderr.lines().any(|it| it == *line), "{line}\n{}", run.text());
            }
        }
    }
}

#[test]
fn names_and_paths_that_are_there_twice() {
    refused(&[
        (
            &[(CONFIG, "lambdas = [\"lambdas/*\", \"jobs/*\"]\n"), ("jobs/api/a.py", HANDLER)],
            3,
            &[
                "error: two lambdas are called `api`: `jobs/api` and `lambdas/api`",
                "hint: name each by a table: `[lambda.jobs-api]` with `path = \"jobs/api\"`, and \
                 `[lambda.lambdas-api]` with `path = \"lambdas/api\"`",
            ],
        ),
        (
            &[(
                CONFIG,
                "[lambda.a]\npath = \"lambdas/api\"\n[lambda.b]\npath = \"./lambdas/api/\"\n",
            )],
            3,
            &[
                "error: `a` and `b` have the same path: `lambdas/api`",
                "  --> dofs-package.toml:3",
                "hint: keep one of the two tables",
            ],
        ),
        (
            &[(CONFIG, "layers = [\"lambdas/api\"]\n")],
            3,
            &[
                "error: `lambdas/api` is a function by `lambdas` and a layer by `layers`",
                "hint: say which by a table: `[lambda.api]` with `path = \"lambdas/api\"`, or `[layer.api]` \
                 with `path = \"lambdas/api\"`",
            ],
        ),
        (
            &[(CONFIG, "[layer.api]\npath = \"libs/api\"\n"), ("libs/api/a.py", "")],
            3,
            &["error: a function and a layer are called `api`: `lambdas/api` and `libs/api`"],
        ),
        // One path and one name by two globs is one lambda.
        (&[(CONFIG, "lambdas = [\"lambdas/*\", \"lambdas/api\"]\n")], 0, &[]),
    ]);
}

#[test]
fn what_nobody_has() {
    refused(&[
        (
            &[(CONFIG, "[lambda.wep]\nskip = true\n")],
            3,
            &[
                "error: the config has a table for `wep`, and there is no such lambda",
                "  --> dofs-package.toml:1",
                "hint: did you mean `web`?",
            ],
        ),
        (
            &[(CONFIG, "[layer.x]\nskip = true\n")],
            3,
            &["error: the config has a table for `x`, and there is no such layer"],
        ),
        (
            &[(CONFIG, "[lambda.api]\nlayers = [\"x\"]\n")],
            3,
            &[
                "error: `api` has the layer `x`, and there is no such layer",
                "  --> dofs-package.toml:2",
                "hint: say where layers are with `layers = [\"layers/*\"]` at the top",
            ],
        ),
        (
            &[(CONFIG, "lambdas = [\"lambdas/*\", \"jobs/*\"]\n")],
            0,
            &["warning: no lambda in `jobs/*`", "hint: correct it in `lambdas`, or take it out"],
        ),
        (
            &[(CONFIG, "lambdas = [\"lambdas/*\", \"!lambdas/old\"]\n")],
            0,
            &["warning: `!lambdas/old` takes no lambda out"],
        ),
        (
            &[(CONFIG, "[lambda.x]\npath = \"nowhere\"\n")],
            3,
            &["error: there is no `nowhere`", "  --> dofs-package.toml:1"],
        ),
        (
            &[(
                CONFIG,
                "[layer.a]\npath = \"lambdas/api\"\nlayers = [\"b\"]\n[layer.b]\npath = \"lambdas/web\"\nlayers = [\"a\"]\n",
            )],
            3,
            &[
                "error: `a` is a layer, and names layers",
                "hint: name all of them in the table of the function, `[lambda.NAME]`",
            ],
        ),
    ]);
}

#[test]
fn configs_that_can_not_be_read_or_are_two() {
    refused(&[
        (
            &[
                (CONFIG, "manifest = \"a.json\"\n"),
                ("pyproject.toml", "[tool.dofs-package]\nmanifest = \"b.json\"\n"),
            ],
            3,
            &[
                "error: the config is in two places: dofs-package.toml and [tool.dofs-package] in pyproject.toml",
                "hint: keep one of the two",
            ],
        ),
        (
            &[("pyproject.toml", "[tool.dofs-package\n")],
            3,
            &["error: `pyproject.toml` can't be read as a config", "  --> pyproject.toml:1"],
        ),
        (
            &[("pyproject.toml", "[tool.dofs-package]\nlambdas = \"x\"\n")],
            3,
            &["  --> pyproject.toml"],
        ),
        (
            &[(CONFIG, "lambdas = [\"lambdas/*\"\n")],
            3,
            &["error: `dofs-package.toml` can't be read as a config"],
        ),
        // Another tool's project that speaks of no lambdas is not ours to judge.
        (&[(CONFIG, ""), ("pyproject.toml", "[tool.other\n")], 0, &[]),
    ]);
}

#[test]
fn files_and_zips_that_collide() {
    refused(&[
        (
            &[(CONFIG, "[lambda.api]\nfiles = { \"../x\" = \"x\" }\n")],
            4,
            &[
                "error: `api`: `../x`, which `files` names, is outside of the project",
                "  --> dofs-package.toml:2",
                "hint: name a file or folder of the project in `files`, relative to the root",
            ],
        ),
        (
            &[(CONFIG, "[lambda.api]\nfiles = { \"lib\" = \"..\" }\n"), ("lib/a.py", "")],
            3,
            &["  --> dofs-package.toml:2"],
        ),
        (
            &[
                (CONFIG, "[lambda.api]\nfiles = { \"lib/handler.py\" = \"handler.py\" }\n"),
                ("lib/handler.py", ""),
            ],
            4,
            &[
                "error: `lambdas/api/handler.py` and `lib/handler.py` are both `handler.py` in the package",
                "  --> lambdas/api",
                "hint: give what comes from elsewhere another path in `files`, or `exclude` one",
            ],
        ),
        (
            &[(CONFIG, "zip = \"dist/code.zip\"\n")],
            3,
            &[
                "error: `api` and `web` have the same zip: `dist/code.zip`",
                "hint: write `{name}` in `zip`, or give each of the two its own",
            ],
        ),
        // A zip in another lambda's folder is no part of that.
        (&[(CONFIG, "zip = \"lambdas/web/{name}.zip\"\n")], 0, &[]),
    ]);
}
