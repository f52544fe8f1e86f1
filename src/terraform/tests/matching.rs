//! Which lambda a function is made of.

use expect_test::expect;

use super::*;

/// The lambda of a function with a `filename`, or why there is none.
fn by_filename(filename: &str, names: &[&str], directory: Option<&str>) -> String {
    let document = state(&[resource("f", &json!({"filename": filename}))]);
    let candidates: Vec<Candidate> = names.iter().map(|name| candidate(name)).collect();
    let matches = match_functions(&document.functions, &candidates, folders(directory));
    match &matches[0].lambda {
        Ok(name) => name.clone(),
        Err(reason) => format!("`f` {reason}"),
    }
}

#[test]
fn a_filename_is_relative_to_where_terraform_runs() {
    let table = [
        ("../lambdas/api/api.zip", "terraform"),
        ("modules/compute/../../../lambdas/api/api.zip", "terraform"),
        ("./../../lambdas/api/api.zip", "infra/dev"),
        ("lambdas/api/api.zip", "."),
        ("lambdas/api/api.zip", ""),
        ("api.zip", "lambdas/api"),
    ];
    for (filename, directory) in table {
        assert_eq!(by_filename(filename, &["api", "jobs"], Some(directory)), "api", "{filename}");
    }
    expect!["`f` is of no lambda here: none has the zip `infra/lambdas/api/api.zip`"]
        .assert_eq(&by_filename("../lambdas/api/api.zip", &["api"], Some("infra/terraform")));
}

#[test]
fn without_a_folder_the_one_path_that_fits_by_whole_segments_is_taken() {
    let table = [
        ("../lambdas/api/api.zip", "api"),
        ("modules/compute/../../../lambdas/api/api.zip", "api"),
        ("/builds/1234/src/lambdas/api/api.zip", "api"),
        ("../../project/lambdas/api/api.zip", "api"),
        // Terraform runs in the folder of the lambdas, or of the one.
        ("api/api.zip", "api"),
        ("api.zip", "api"),
    ];
    for (filename, name) in table {
        assert_eq!(by_filename(filename, &["api", "old_api"], None), name, "{filename}");
    }
    expect!["`f` is of no lambda here: none has a zip at `other/api.zip`"].assert_eq(&by_filename(
        "../other/api.zip",
        &["api"],
        None,
    ));
}

#[test]
fn a_zip_beside_the_project_belongs_to_another() {
    for filename in [
        "../../svcb/lambdas/api/api.zip",
        "../other/lambdas/api/api.zip",
        ".terraform/modules/vendor/lambdas/api/api.zip",
        "/src/.terraform/modules/vendor/lambdas/api/api.zip",
    ] {
        let said = by_filename(filename, &["api"], None);
        assert!(said.starts_with("`f` is of no lambda here"), "{filename}: {said}");
    }
}

#[test]
fn the_folder_from_which_paths_are_exact_is_that_of_all() {
    let of = |filenames: &[&str], roots: &[&str]| -> Vec<Option<String>> {
        let resources: Vec<Json> = filenames
            .iter()
            .enumerate()
            .map(|(index, filename)| resource(&format!("f{index}"), &json!({"filename": filename})))
            .collect();
        let document = state(&resources);
        let roots: Vec<_> = roots.iter().map(|root| (*root).into()).collect();
        let candidates = ["api", "jobs"].map(candidate);
        let found = match_functions(
            &document.functions,
            &candidates,
            Folders { roots: &roots, ..folders(None) },
        );
        found.into_iter().map(|found| found.lambda.ok()).collect()
    };
    let api = || Some("api".to_owned());
    // By the first one, it is known where Terraform runs, and so that the second is not `jobs`.
    let paths = ["../lambdas/api/api.zip", "lambdas/jobs/jobs.zip"];
    assert_eq!(of(&paths, &["terraform"]), [api(), None]);
    assert_eq!(of(&paths, &["terraform", "infra/dev"]), [api(), None]);
    // Of two folders, neither is.
    assert_eq!(of(&paths, &["terraform", ""]), [api(), Some("jobs".to_owned())]);
    assert_eq!(of(&paths, &["infra/dev"]), [api(), Some("jobs".to_owned())]);
}

#[test]
fn two_zips_that_fit_are_told_apart_by_the_folder_only() {
    let document = state(&[resource("f", &json!({"filename": "../lambdas/api/api.zip"}))]);
    let mut other = candidate("api2");
    other.zip = "services/lambdas/api/api.zip".into();
    let candidates = [candidate("api"), other];
    let of = |directory: Option<&str>| {
        let found = match_functions(&document.functions, &candidates, folders(directory)).remove(0);
        found.lambda
    };
    assert_eq!(of(Some("services/terraform")), Ok("api2".to_owned()));
    assert_eq!(of(Some("terraform")), Ok("api".to_owned()));
    let reason = of(None).unwrap_err();
    assert!(reason.may_be("api") && reason.may_be("api2") && !reason.may_be("jobs"));
    expect!["is of several lambdas, by a zip at `lambdas/api/api.zip`: `api` and `api2`; name the folder in which Terraform runs with `--terraform-dir`"].assert_eq(&reason.to_string());
}

#[test]
fn code_from_s3_is_matched_by_the_name_in_the_config() {
    let named = |name: &str, pattern: &str| Candidate {
        function_name: Some(pattern.to_owned()),
        ..candidate(name)
    };
    let candidates = [named("api", "dofs-api-*"), named("jobs", "dofs-*-jobs"), candidate("bare")];
    let of = |values: Json| {
        let document = state(&[resource("f", &values)]);
        let found = match_functions(&document.functions, &candidates, folders(None)).remove(0);
        found.lambda.map_err(|reason| reason.to_string())
    };
    let s3 = |name: &str| json!({"function_name": name, "s3_bucket": "b", "s3_key": "k"});
    assert_eq!(of(s3("dofs-api-dev")), Ok("api".to_owned()));
    assert_eq!(of(s3("dofs-dev-jobs")), Ok("jobs".to_owned()));
    // A path that leads nowhere here says less than the name.
    let built = json!({"function_name": "dofs-api-dev", "filename": "/tmp/build/abc.zip"});
    assert_eq!(of(built), Ok("api".to_owned()));
    // A path that leads somewhere says more.
    let other = json!({"function_name": "dofs-api-dev", "filename": "../lambdas/bare/bare.zip"});
    assert_eq!(of(other), Ok("bare".to_owned()));
    let reasons = [
        of(s3("dofs-api-jobs")),
        of(s3("others")),
        of(json!({"s3_bucket": "b"})),
        of(json!({"function_name": "dofs-api-dev", "package_type": "Image"})),
    ];
    let reasons: Vec<String> = reasons.into_iter().map(Result::unwrap_err).collect();
    expect![[r#"
        is of several lambdas, by the `function-name` `dofs-api-jobs` in its config: `api` and `jobs`; make each `function-name` fit one lambda only
        is of no lambda here: none has the `function-name` `others` in its config
        gets its name and its code by the apply only
        is not made of a zip"#]].assert_eq(&reasons.join("\n"));
}

#[test]
fn a_part_of_a_name_that_is_not_known_is_what_a_star_stands_for() {
    let open = function::OPEN;
    let of = |name: &str, patterns: &[&str]| {
        let candidate = |(index, pattern): (usize, &&str)| Candidate {
            function_name: Some((*pattern).to_owned()),
            ..candidate(&format!("l{index}"))
        };
        let candidates: Vec<Candidate> = patterns.iter().enumerate().map(candidate).collect();
        let function = Function {
            code: Code::Elsewhere,
            partial_name: Some(name.replace('?', &open.to_string())),
            ..Function::default()
        };
        let found = match_functions(std::slice::from_ref(&function), &candidates, folders(None));
        found[0].lambda.clone().map_err(|reason| reason.to_string())
    };
    assert_eq!(of("?-resize", &["*-crop", "*-resize"]), Ok("l1".to_owned()));
    assert_eq!(of("acme-?-api", &["acme-*-api"]), Ok("l0".to_owned()));
    assert_eq!(of("?-api-?", &["*-api-*"]), Ok("l0".to_owned()));
    expect!["is of several lambdas, by the `function-name` `…-api` in its config: `l0` and `l1`; make each `function-name` fit one lambda only"]
        .assert_eq(&of("?-api", &["*-api", "*api"]).unwrap_err());
    // What a `*` does not stand for has to be known.
    for pattern in ["dev-resize", "acme-*-resize", "*-crop", "resize"] {
        assert!(of("?-resize", &[pattern]).is_err(), "{pattern}");
    }
}

#[test]
fn a_star_is_any_letters_or_none() {
    let is_like = crate::terraform::matching::is_like;
    for (name, pattern) in [
        ("api", "api"),
        ("api", "*"),
        ("api", "api*"),
        ("api", "a*i"),
        ("a-b-c", "a*b*c"),
        ("", "*"),
    ] {
        assert!(is_like(name, pattern), "{name} {pattern}");
    }
    for (name, pattern) in
        [("api", "ap"), ("ap", "api*"), ("aba", "ab*ba"), ("a-c-b", "a*b*c"), ("x", "a?")]
    {
        assert!(!is_like(name, pattern), "{name} {pattern}");
    }
}
