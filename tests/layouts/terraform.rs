//! Files of Terraform, for the layouts of repositories.

/// Sets a folder up as one in which Terraform runs.
pub(super) const PROVIDER: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n";

/// A function whose code is an expression.
pub(super) fn function(label: &str, filename: &str, handler: &str) -> String {
    format!(
        "resource \"aws_lambda_function\" \"{label}\" {{\n  function_name = \"acme-{label}\"\n  role \
         = \"arn:aws:iam::123456789012:role/acme\"\n  handler = \"{handler}\"\n  runtime = \
         \"python3.12\"\n  filename = {filename}\n}}\n"
    )
}

/// A function whose zip Terraform makes of a folder.
pub(super) fn archived(label: &str, folder: &str, handler: &str) -> String {
    archived_of("source_dir", label, folder, handler)
}

/// A function whose zip Terraform makes, of a `source_dir` or `source_file`.
pub(super) fn archived_of(kind: &str, label: &str, source: &str, handler: &str) -> String {
    let archive = format!(
        "data \"archive_file\" \"{label}\" {{\n  type = \"zip\"\n  {kind} = \"{source}\"\n  \
         output_path = \"${{path.module}}/.build/{label}.zip\"\n}}\n"
    );
    archive + &function(label, &format!("data.archive_file.{label}.output_path"), handler)
}

/// All functions with one block each: names of a set, of which each has a folder.
pub(super) fn for_each(names: &str, folder: &str, handler: &str) -> String {
    format!(
        "data \"archive_file\" \"zip\" {{\n  for_each = {names}\n  type = \"zip\"\n  source_dir = \
         \"{folder}/${{each.value}}\"\n  output_path = \"${{path.module}}/${{each.value}}.zip\"\n}}\n\
         resource \"aws_lambda_function\" \"this\" {{\n  for_each = {names}\n  function_name = \
         \"acme-${{each.value}}\"\n  role = \"arn:aws:iam::123456789012:role/acme\"\n  handler = \
         \"{handler}\"\n  runtime = \"python3.12\"\n  filename = \
         data.archive_file.zip[each.key].output_path\n}}\n"
    )
}
