//! Expressions as projects have them, and what they are: as our evaluator tells it, and as Terraform
//! itself does.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::super::MOST_TERMS;
use super::super::term::Budget;
use super::super::texts::{self, Texts};
use camino::Utf8PathBuf;

use super::*;
use crate::environment::Environment;
use crate::process::Program;
use crate::terraform::files::outside::HERE;

/// The project that has the expressions, each as an output.
const FILES: &[(&str, &str)] = &[
    (
        "main.tf",
        r#"variable "runtime" {
  default = "python3.12"
}
variable "from_file" {
  type = string
}
variable "from_json" {
  default = "main.tf"
}
variable "from_auto" {
  default = "main.tf"
}
variable "nothing" {
  type    = string
  default = null
}
variable "strict" {
  type     = string
  nullable = false
  default  = "strict"
}
variable "number" {
  type    = number
  default = "3"
}
variable "text" {
  type    = string
  default = 3
}
variable "names" {
  type    = set(string)
  default = ["jobs", "api", "jobs"]
}
variable "settings" {
  type = object({
    runtime = optional(string, "python3.11")
    memory  = optional(number)
    layers  = optional(list(string), [])
    nested  = optional(object({ name = optional(string, "deep") }), {})
  })
  default = { dropped = "not in the type" }
}
variable "functions" {
  type = map(object({
    handler = string
    runtime = optional(string, "python3.12")
    memory  = optional(number, 128)
  }))
  default = {
    jobs = { handler = "jobs.run", runtime = null, memory = "256" }
    api  = { handler = "api.run", runtime = "python3.13" }
  }
}
locals {
  stage     = "dev"
  list      = ["a", "b", "c"]
  numbers   = [3, 1, 2]
  empty     = []
  objects   = [{ name = "api", size = 1 }, { name = "jobs", size = 2 }]
  map       = { b = 2, a = 1 }
  nested    = { api = { runtime = "python3.12", tags = { team = "x" } }, jobs = { runtime = "python3.9" } }
  overridden = "main.tf"
  settings  = jsondecode(file("${path.module}/data/settings.json"))
  yaml      = yamldecode(file("${path.module}/data/settings.yaml"))
  key       = "api"
  lambdas   = toset([for path in fileset(path.module, "lambdas/*/*.py") : dirname(path)])
}
module "one" {
  source = "./modules/one"
  name   = "one"
  inner  = local.nested.api
}
module "counted" {
  source = "./modules/one"
  count  = 2
  name   = "counted-${count.index}"
}
module "keyed" {
  source   = "./modules/one"
  for_each = local.nested
  name     = each.key
  inner    = each.value
}
resource "terraform_data" "set" {
  input = { zip = "build/${local.stage}.zip", list = local.list }
}
resource "terraform_data" "each" {
  for_each = local.nested
  input    = each.value.runtime
}
resource "terraform_data" "counted" {
  count = 2
  input = "n${count.index}"
}
"#,
    ),
    (
        "override.tf",
        r#"locals {
  overridden = "override.tf"
}
"#,
    ),
    (
        "second_override.tf.json",
        r#"{"variable": {"runtime": {"default": "python3.13"}}}
"#,
    ),
    ("mark.tf", "\u{feff}locals {\n  marked = \"a byte order mark\"\n}\n"),
    (
        "more.tf.json",
        r#"{"locals": {"json": "${upper(\"x\")}-${local.stage}", "list_json": "${local.list}", "literal": {"a": [1, true, null]}}}
"#,
    ),
    (
        "terraform.tfvars",
        r#"from_file = "terraform.tfvars"
from_json = "terraform.tfvars"
"#,
    ),
    (
        "terraform.tfvars.json",
        r#"{"from_json": "terraform.tfvars.json ${no} template"}
"#,
    ),
    (
        "a.auto.tfvars",
        r#"from_auto = "a.auto.tfvars"
"#,
    ),
    (
        "b.auto.tfvars",
        r#"from_auto = "b.auto.tfvars"
"#,
    ),
    (
        "modules/one/main.tf",
        r#"variable "name" {}
variable "inner" {
  type    = object({ runtime = optional(string, "none") })
  default = {}
}
module "deeper" {
  source = "../two"
  name   = upper(var.name)
}
output "name" {
  value = var.name
}
output "runtime" {
  value = var.inner.runtime
}
output "deeper" {
  value = module.deeper.text
}
output "folder" {
  value = path.module
}
"#,
    ),
    (
        "modules/two/main.tf",
        r#"variable "name" {
  type = string
}
output "text" {
  value = "<${var.name}> in ${path.root}"
}
"#,
    ),
    (
        "data/settings.json",
        r#"{"runtime": "python3.12", "memory": 512, "ratio": 0.5, "on": true, "none": null, "list": ["x", "y"]}
"#,
    ),
    (
        "data/settings.yaml",
        r#"runtime: python3.12
memory: 512
on: yes
quoted: "yes"
none: ~
list: [a, b]
map: {x: 1}
version: 1.2.3
text: |
  two
  lines
anchor: &it
  a: 1
alias: *it
"#,
    ),
    (
        "data/name.tpl",
        r#"hello ${name}%{ for it in list ~}
, ${it}
%{ endfor ~}
%{ if on }!%{ endif }
"#,
    ),
    (
        "data/plain.txt",
        r#"plain
"#,
    ),
    (
        "lambdas/api/main.py",
        r#"
"#,
    ),
    (
        "lambdas/jobs/main.py",
        r#"
"#,
    ),
    (
        "lambdas/jobs/other.py",
        r#"
"#,
    ),
    (
        "lambdas/README.md",
        r#"
"#,
    ),
];

/// Expressions and their values in JSON; empty where the files can't tell.
const TABLE: &[(&str, &str)] = &[
    (r#""literal""#, r#""literal""#),
    ("var.runtime", r#""python3.13""#),
    ("var.from_file", r#""terraform.tfvars""#),
    ("var.from_json", r#""terraform.tfvars.json ${no} template""#),
    ("var.from_auto", r#""b.auto.tfvars""#),
    ("var.nothing", "null"),
    (r#"var.nothing == null ? "none" : var.nothing"#, r#""none""#),
    ("coalesce(var.nothing, var.strict)", r#""strict""#),
    ("var.strict", r#""strict""#),
    ("var.number", "3"),
    ("var.number == 3", "true"),
    (r#"var.text == "3""#, "true"),
    ("var.names", r#"["api","jobs"]"#),
    ("sort(var.names)[0]", r#""api""#),
    ("tolist(var.names)[1]", r#""jobs""#),
    ("var.settings.runtime", r#""python3.11""#),
    ("var.settings.memory", "null"),
    (
        "var.settings",
        r#"{"layers":[],"memory":null,"nested":{"name":"deep"},"runtime":"python3.11"}"#,
    ),
    (r#"try(var.settings.dropped, "dropped")"#, r#""dropped""#),
    ("var.settings.nested.name", r#""deep""#),
    (r#"var.functions["jobs"].runtime"#, r#""python3.12""#),
    (r#"var.functions["jobs"].memory"#, "256"),
    (
        "{ for name, it in var.functions : name => it.runtime }",
        r#"{"api":"python3.13","jobs":"python3.12"}"#,
    ),
    ("local.overridden", r#""override.tf""#),
    ("local.marked", r#""a byte order mark""#),
    ("local.json", r#""X-dev""#),
    ("local.list_json", r#"["a","b","c"]"#),
    ("local.literal", r#"{"a":[1,true,null]}"#),
    (r#"local.stage == "prod" ? "python3.12" : "python3.13""#, r#""python3.13""#),
    (r#"local.stage != "prod" && !false"#, "true"),
    (r#"true ? 1 : "one""#, r#""1""#),
    ("false ? 1 : null", "null"),
    ("[for it in local.list : upper(it)]", r#"["A","B","C"]"#),
    (r#"[for index, it in local.list : "${index}-${it}"]"#, r#"["0-a","1-b","2-c"]"#),
    (r#"[for it in local.list : it if it != "b"]"#, r#"["a","c"]"#),
    ("{ for it in local.objects : it.name => it.size }", r#"{"api":1,"jobs":2}"#),
    ("{ for it in local.objects : it.name => it.size... }", r#"{"api":[1],"jobs":[2]}"#),
    (
        r#"{ for name, it in local.nested : it.runtime => name... if name != "x" }"#,
        r#"{"python3.12":["api"],"python3.9":["jobs"]}"#,
    ),
    (
        r#"[for name, it in local.nested : "${name}:${it.runtime}"]"#,
        r#"["api:python3.12","jobs:python3.9"]"#,
    ),
    (r#"[for it in toset(["b", "a", "b"]) : it]"#, r#"["a","b"]"#),
    (
        r#"flatten([for name in ["api", "jobs"] : [for stage in ["dev", "prod"] : "${name}-${stage}"]])"#,
        r#"["api-dev","api-prod","jobs-dev","jobs-prod"]"#,
    ),
    ("merge([for it in local.objects : { (it.name) = it.size }]...)", r#"{"api":1,"jobs":2}"#),
    ("local.objects[*].name", r#"["api","jobs"]"#),
    ("local.objects.*.name", r#"["api","jobs"]"#),
    ("local.objects[1].name", r#""jobs""#),
    ("local.list.1", r#""b""#),
    ("local.list[length(local.list) - 1]", r#""c""#),
    (r#"local.map["a"]"#, "1"),
    (r#"local.nested["api"]["runtime"]"#, r#""python3.12""#),
    ("local.nested[local.key].runtime", r#""python3.12""#),
    ("local.nested.api.tags.team", r#""x""#),
    (r#"try(local.nested.jobs.tags.team, "nobody")"#, r#""nobody""#),
    ("can(local.nested.jobs.tags)", "false"),
    (r#"lookup(local.nested.jobs, "tags", {})"#, "{}"),
    (r#"lookup(local.map, "z", 26)"#, "26"),
    ("null[*]", "[]"),
    (r#""one"[*]"#, r#"["one"]"#),
    (r#""${local.stage}-${local.map.a}""#, r#""dev-1""#),
    (r#""${local.list}""#, r#"["a","b","c"]"#),
    (r#""a${1 + 2}b""#, r#""a3b""#),
    (r#""%{ if local.stage == "dev" }d%{ else }p%{ endif }""#, r#""d""#),
    (r#""%{ for it in local.list }${it},%{ endfor }""#, r#""a,b,c,""#),
    (r#""x \n ${~ local.stage ~} \n y""#, r#""xdevy""#),
    (r#""$${not} %%{this}""#, r#""${not} %{this}""#),
    (r#""tab\tquote\"\u00e9""#, r#""tab\tquote\"é""#),
    (
        r#"<<EOT
first ${local.stage}
%{ for it in local.list ~}
  - ${it}
%{ endfor ~}
last
EOT"#,
        r#""first dev\n  - a\n  - b\n  - c\nlast\n""#,
    ),
    (
        r#"<<-EOT
    indented
      more ${local.stage}

    %{ if true ~}
    yes
    %{ endif ~}
  EOT"#,
        "",
    ),
    (
        r#"trimspace(<<-EOT
  {"a": 1}
EOT
)"#,
        r#""{\"a\": 1}""#,
    ),
    (
        r#"{
  "quoted key"    = 1
  bare            = 2
  (local.stage)   = 3
  "${local.key}s" : 4
}"#,
        r#"{"apis":4,"bare":2,"dev":3,"quoted key":1}"#,
    ),
    ("1 + 2 * 3 - 4 / 2", "5"),
    ("7 % 3", "1"),
    ("-7 % 3", "-1"),
    ("0.1 + 0.2", "0.3"),
    ("10 / 4", "2.5"),
    ("-(2)", "-2"),
    (r#""3" + 1"#, "4"),
    ("1 < 2 && 2 >= 2", "true"),
    (r#""1" == 1"#, "false"),
    ("null == null", "true"),
    (r#""a" == null"#, "false"),
    (r#"local.list == "a""#, "false"),
    ("true || false", "true"),
    ("module.one.name", r#""one""#),
    ("module.one.runtime", r#""python3.12""#),
    ("module.one.deeper", r#""<ONE> in .""#),
    ("module.one.folder", r#""modules/one""#),
    ("module.counted[1].name", r#""counted-1""#),
    ("module.counted[*].name", r#"["counted-0","counted-1"]"#),
    (r#"module.keyed["api"].runtime"#, r#""python3.12""#),
    (
        r#"[for name, it in module.keyed : "${name}=${it.runtime}"]"#,
        r#"["api=python3.12","jobs=python3.9"]"#,
    ),
    ("values(module.keyed)[*].name", r#"["api","jobs"]"#),
    (
        "{ for name, it in module.keyed : name => it.deeper }",
        r#"{"api":"<API> in .","jobs":"<JOBS> in ."}"#,
    ),
    ("terraform_data.set.input.zip", r#""build/dev.zip""#),
    (r#"terraform_data.each["jobs"].input"#, r#""python3.9""#),
    ("terraform_data.counted[*].input", r#"["n0","n1"]"#),
    ("local.settings.runtime", r#""python3.12""#),
    ("local.settings.memory + 1", "513"),
    ("local.settings.ratio", "0.5"),
    (r#"local.settings.on ? "on" : "off""#, r#""on""#),
    ("local.settings.list", r#"["x","y"]"#),
    (
        "local.yaml",
        r#"{"alias":{"a":1},"anchor":{"a":1},"list":["a","b"],"map":{"x":1},"memory":512,"none":null,"quoted":"yes","runtime":"python3.12","text":"two\nlines\n","true":true,"version":"1.2.3"}"#,
    ),
    ("local.yaml.quoted", r#""yes""#),
    ("local.lambdas", r#"["lambdas/api","lambdas/jobs"]"#),
    (
        "{ for path in local.lambdas : basename(path) => path }",
        r#"{"api":"lambdas/api","jobs":"lambdas/jobs"}"#,
    ),
    (
        r#"fileset(path.module, "lambdas/**")"#,
        r#"["lambdas/README.md","lambdas/api/main.py","lambdas/jobs/main.py","lambdas/jobs/other.py"]"#,
    ),
    (
        r#"fileset("${path.module}/lambdas", "*/{main,other}.py")"#,
        r#"["api/main.py","jobs/main.py","jobs/other.py"]"#,
    ),
    (
        r#"[for path in fileset(".", "lambdas/*/main.py") : split("/", path)[1]]"#,
        r#"["api","jobs"]"#,
    ),
    ("path.module", r#"".""#),
    ("path.root", r#"".""#),
    (r#""${path.module}/lambdas/api""#, r#""./lambdas/api""#),
    (r#"basename("lambdas/api/")"#, r#""api""#),
    (r#"basename(abspath("lambdas/api"))"#, r#""api""#),
    (r#"basename(dirname("lambdas/api/main.py"))"#, r#""api""#),
    (r#"dirname("lambdas/api/main.py")"#, r#""lambdas/api""#),
    (r#"dirname("main.py")"#, r#"".""#),
    (r#"file("data/plain.txt")"#, r#""plain\n""#),
    (r#"fileexists("data/plain.txt")"#, "true"),
    (
        r#"templatefile("data/name.tpl", { name = "you", list = ["a", "b"], on = true })"#,
        r#""hello you, a\n, b\n!\n""#,
    ),
    (r#"trimsuffix("api.zip", ".zip")"#, r#""api""#),
    (r#"trimprefix("lambda_api", "lambda_")"#, r#""api""#),
    (r#"trimspace("  a b \n")"#, r#""a b""#),
    (r#"trim("--a--", "-")"#, r#""a""#),
    (r#"chomp("a\n")"#, r#""a""#),
    (r#"join("-", ["a", 1, true])"#, r#""a-1-true""#),
    (r#"join(",", toset(["b", "a"]))"#, r#""a,b""#),
    (r#"split(",", "a,b,,c")"#, r#"["a","b","","c"]"#),
    (r#"split(",", "")"#, r#"[""]"#),
    (r#"replace("a_b_c", "_", "-")"#, r#""a-b-c""#),
    (r#"replace("python3.12", "/[^0-9]/", "")"#, r#""312""#),
    (r#"replace("hello", "/(l+)/", "<$1>")"#, r#""he<ll>o""#),
    (r#"regex("python(\\d+)\\.(\\d+)", "python3.12")"#, r#"["3","12"]"#),
    (r#"regex("^[a-z]+", "abc123")"#, r#""abc""#),
    (r#"regex("(?P<name>[a-z]+)-(?P<stage>[a-z]+)", "api-dev").stage"#, r#""dev""#),
    (r#"regexall("[0-9]+", "a1b22")"#, r#"["1","22"]"#),
    (r#"try(regex("z", "a"), "no match")"#, r#""no match""#),
    (r#"lower("ABC")"#, r#""abc""#),
    (r#"upper("straße")"#, r#""STRAßE""#),
    (r#"title("hello big world")"#, r#""Hello Big World""#),
    (r#"substr("python3.12", 6, -1)"#, r#""3.12""#),
    (r#"substr("hello", 1, 3)"#, r#""ell""#),
    (r#"startswith("python3.12", "python")"#, "true"),
    (r#"endswith("a.zip", ".zip")"#, "true"),
    (r#"strcontains("hello", "ell")"#, "true"),
    (r#"strrev("abc")"#, r#""cba""#),
    (r#"format("%s-%s", "a", 1)"#, r#""a-1""#),
    (
        r#"format("%03d|%5s|%-5s|%q|%v|%t", 7, "ab", "cd", "e\"f", [1, "x"], true)"#,
        r#""007|   ab|cd   |\"e\\\"f\"|[1,\"x\"]|true""#,
    ),
    (r#"format("%.2f %x %%", 1.5, 255)"#, r#""1.50 ff %""#),
    (r#"formatlist("%s.%s", ["a", "b"], "py")"#, r#"["a.py","b.py"]"#),
    (r#"indent(2, "a\nb")"#, r#""a\n  b""#),
    ("element(local.list, 4)", r#""b""#),
    (r#"one(["only"])"#, r#""only""#),
    ("one([])", "null"),
    ("one(local.objects[0][*]).name", r#""api""#),
    (r#"concat(local.list, ["d"], [])"#, r#"["a","b","c","d"]"#),
    (r#"distinct(["a", "b", "a"])"#, r#"["a","b"]"#),
    (r#"compact(["a", "", null, "b"])"#, r#"["a","b"]"#),
    ("reverse(local.list)", r#"["c","b","a"]"#),
    (r#"sort(["b", "B", "a"])"#, r#"["B","a","b"]"#),
    ("slice(local.list, 1, 3)", r#"["b","c"]"#),
    (r#"contains(local.list, "b")"#, "true"),
    (r#"contains(["1"], "2")"#, "false"),
    (r#"index(local.list, "c")"#, "2"),
    ("length(local.list)", "3"),
    (r#"length("hello")"#, "5"),
    ("length(local.map)", "2"),
    ("range(3)", "[0,1,2]"),
    ("range(1, 8, 3)", "[1,4,7]"),
    ("range(3, 0)", "[3,2,1]"),
    (r#"chunklist(["a", "b", "c"], 2)"#, r#"[["a","b"],["c"]]"#),
    (r#"setproduct(["a", "b"], ["x", "y"])"#, r#"[["a","x"],["a","y"],["b","x"],["b","y"]]"#),
    (
        r#"[for pair in setproduct(["api"], ["dev", "prod"]) : join("-", pair)]"#,
        r#"["api-dev","api-prod"]"#,
    ),
    (r#"setunion(["a"], ["b", "a"])"#, r#"["a","b"]"#),
    (r#"setsubtract(["a", "b"], ["a"])"#, r#"["b"]"#),
    (r#"setintersection(["a", "b"], ["b", "c"])"#, r#"["b"]"#),
    ("keys(local.map)", r#"["a","b"]"#),
    ("values(local.map)", "[1,2]"),
    ("merge(local.map, { c = 3 }, { a = 0 })", r#"{"a":0,"b":2,"c":3}"#),
    ("merge({ a = { x = 1 } }, { a = { y = 2 } })", r#"{"a":{"y":2}}"#),
    (r#"zipmap(["a", "b"], [1, 2])"#, r#"{"a":1,"b":2}"#),
    (r#"transpose({ a = ["x", "y"], b = ["x"] })"#, r#"{"x":["a","b"],"y":["a"]}"#),
    (r#"matchkeys(["1", "2"], ["a", "b"], ["b"])"#, r#"["2"]"#),
    (r#"coalesce("", null, "third")"#, r#""third""#),
    (r#"coalescelist([], ["a"])"#, r#"["a"]"#),
    (r#"try(coalesce(null, null), "none")"#, r#""none""#),
    ("alltrue([true, true])", "true"),
    ("anytrue([false, true])", "true"),
    ("alltrue([for it in local.list : length(it) == 1])", "true"),
    ("sum([1, 2.5])", "3.5"),
    ("max(1, 5, 3)", "5"),
    ("min(local.numbers...)", "1"),
    ("ceil(1.2)", "2"),
    ("floor(-1.2)", "-2"),
    ("abs(-3)", "3"),
    ("pow(2, 8)", "256"),
    ("signum(-4)", "-1"),
    (r#"parseint("ff", 16)"#, "255"),
    (r#"tonumber("42")"#, "42"),
    ("tostring(42)", r#""42""#),
    (r#"tobool("true")"#, "true"),
    (r#"tolist(["a", 1])"#, r#"["a","1"]"#),
    (r#"toset(["b", "a", "b"])"#, r#"["a","b"]"#),
    ("toset([2, 10, 1])", "[1,2,10]"),
    (r#"tomap({ a = 1, b = "x" })"#, r#"{"a":"1","b":"x"}"#),
    (r#"try(tonumber("x"), "no number")"#, r#""no number""#),
    (r#"try(local.list[5], "past the end")"#, r#""past the end""#),
    (r#"try(one(["a", "b"]), "more than one")"#, r#""more than one""#),
    (r#"jsondecode("{\"a\": [1, 2.5, null]}")"#, r#"{"a":[1,2.5,null]}"#),
    (
        r#"jsonencode({ b = "<x>", a = [1, true, null] })"#,
        r#""{\"a\":[1,true,null],\"b\":\"\\u003cx\\u003e\"}""#,
    ),
    ("jsondecode(jsonencode(local.nested)).api.tags", r#"{"team":"x"}"#),
    (r#"yamldecode("- a\n- 1\n- 'no'\n- no\n")"#, r#"["a",1,"no",false]"#),
    (r#"base64decode(base64encode("hé"))"#, r#""hé""#),
    (r#"nonsensitive("x")"#, r#""x""#),
    (r#"element(split("/", "lambdas/api/main.py"), 1)"#, r#""api""#),
    (r#"lookup({ dev = "python3.13" }, local.stage, "python3.12")"#, r#""python3.13""#),
    (r#""python${join(".", [3, 12])}""#, r#""python3.12""#),
    (
        r#"[for it in [{ r = "a" }, { r = null }] : it.r == null ? "default" : it.r]"#,
        r#"["a","default"]"#,
    ),
    ("{ for key, it in { a = 1, b = null } : key => it if it != null }", r#"{"a":1}"#),
    (
        r#"[for it in flatten([local.objects, [{ name = "x", size = 3 }]]) : it.name if it.size > 1]"#,
        r#"["jobs","x"]"#,
    ),
    (r#"trimsuffix(basename("build/api.zip"), ".zip")"#, r#""api""#),
    (r#"join("/", slice(split("/", "a/b/c/d"), 0, 2))"#, r#""a/b""#),
    // Forms of public projects.
    (
        r#"try(local.nested.api.principal, format("%s.amazonaws.com", try(local.nested.api.service, "")))"#,
        r#"".amazonaws.com""#,
    ),
    (r#"var.nothing != null || local.stage != null ? [true] : []"#, r#"[true]"#),
    (r#"replace("ab-1_c", "/[^0-9A-Za-z]*/", "")"#, r#""ab1c""#),
    (
        r#"merge([for k, v in local.nested : { (k) = v.runtime }]...)"#,
        r#"{"api":"python3.12","jobs":"python3.9"}"#,
    ),
    (
        r#"{ for k, v in local.nested : "${k}-${local.stage}" => merge(v, { env = local.stage }) }"#,
        r#"{"api-dev":{"env":"dev","runtime":"python3.12","tags":{"team":"x"}},"jobs-dev":{"env":"dev","runtime":"python3.9"}}"#,
    ),
    (
        r#"flatten([for k, v in local.nested : [for t in keys(lookup(v, "tags", {})) : { key = k, tag = t }]])"#,
        r#"[{"key":"api","tag":"team"}]"#,
    ),
    (
        r#"local.stage == "prod" ? "python3.12" : local.stage == "dev" ? "python3.13" : "python3.11""#,
        r#""python3.13""#,
    ),
    (
        r#"[for p in setproduct(["a"], ["b", "c"]) : { x = p[0], y = p[1] }]"#,
        r#"[{"x":"a","y":"b"},{"x":"a","y":"c"}]"#,
    ),
    (r#"one([for o in local.objects : o.size if o.name == "api"])"#, r#"1"#),
    (
        r#"regex("^python(?P<major>[0-9]+)\\.(?P<minor>[0-9]+)$", local.nested.api.runtime).minor"#,
        r#""12""#,
    ),
    (r#"{ "a" : 1, "b" : 2 }["a"]"#, r#"1"#),
    (r#"local.objects.*.name"#, r#"["api","jobs"]"#),
    (r#"element(concat(local.list, [""]), 0)"#, r#""a""#),
    (
        r#"tomap({ for k, v in local.nested : k => lookup(v, "tags", {}) })"#,
        r#"{"api":{"team":"x"},"jobs":{}}"#,
    ),
    (r#"try(local.nested["missing"].runtime, "python3.12")"#, r#""python3.12""#),
    (r#"nonsensitive(sensitive("x"))"#, r#""x""#),
    (
        r#"{ for path in fileset("lambdas", "*/main.py") : dirname(path) => filebase64sha256("lambdas/${path}") != "" }"#,
        "",
    ),
    ("terraform.workspace", ""),
    (r#"terraform.workspace == "prod" ? "python3.12" : "python3.12""#, r#""python3.12""#),
    ("path.cwd", ""),
    (r#"sha256("x")"#, ""),
    (r#"cidrsubnet("10.0.0.0/16", 8, 2)"#, ""),
    (r#"tolist(["a"]) == ["a"]"#, ""),
    (r#"["a"] == ["a"]"#, ""),
    (r#"timeadd("2020-01-01T00:00:00Z", "1h")"#, ""),
];

/// The files, and the table as outputs.
fn project() -> Vec<(String, String)> {
    let mut outputs = String::new();
    for (index, (expression, _)) in TABLE.iter().enumerate() {
        let _ = writeln!(outputs, "output \"e{index}\" {{\n  value = {expression}\n}}");
    }
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    files.chain([("table.tf".to_owned(), outputs)]).collect()
}

/// What our evaluator tells of each expression, in JSON, or why it tells nothing.
fn told() -> Vec<Result<Json, String>> {
    let files = project();
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let mut texts = Texts::default();
    for (path, text) in all.iter().filter(|(path, _)| texts::is_terraform(Utf8Path::new(path))) {
        texts.add((*path).into(), (*text).to_owned());
    }
    let texts = texts.replaced();
    let read = |path: &Utf8Path| {
        let found = all.iter().find(|(own, _)| path == *own);
        found.map(|(_, text)| (*text).to_owned())
    };
    let list = |folder: &Utf8Path| {
        let below = |(path, _): &(&str, &str)| {
            Utf8Path::new(path).strip_prefix(folder).ok().map(Utf8Path::to_owned)
        };
        Some(all.iter().filter_map(below).collect())
    };
    let mut warnings = Vec::new();
    let modules = Modules::parse(&texts.files, &mut warnings);
    let folders = modules.folders().collect();
    let roots = [Utf8PathBuf::new()];
    let variables = Variables::of(&texts, &roots, &folders, &mut warnings);
    assert_eq!(warnings, []);
    let outside =
        Outside { read: &read, list: &list, manifest: None, budget: Budget(Cell::new(MOST_TERMS)) };
    let evaluator = Evaluator::new(&modules, &variables, outside);
    let root = evaluator.root(&roots[0]).unwrap();
    let output = |index| evaluator.output(&root, &format!("e{index}"), 0);
    let json = |given: Result<Term, Stop>| {
        given.and_then(|term| json(&term)).map_err(|stop| stop.to_string())
    };
    (0..TABLE.len()).map(|index| json(output(index))).collect()
}

fn json(term: &Term) -> Result<Json, Stop> {
    Ok(match term.known()? {
        Term::Null => Json::Null,
        Term::Bool(truth) => Json::from(*truth),
        Term::Number(number) => Json::from(*number),
        Term::Text(text) if text.contains(HERE) => return Err(Stop::unknown("here")),
        Term::Text(text) => Json::from(&**text),
        Term::List(list) | Term::Set(list) => list.iter().map(json).collect::<Result<_, _>>()?,
        Term::Map(map) => {
            let entry = |(key, term): (&String, &Term)| Ok((key.clone(), json(term)?));
            map.iter().map(entry).collect::<Result<_, Stop>>()?
        }
        Term::Manifest | Term::Unknown(_) => return Err(Stop::unknown("here")),
    })
}

/// With all numbers as floats: Terraform writes `3`, and so does this.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

#[test]
fn expressions_are_told_as_they_are_or_not_at_all() {
    let mut wrong = String::new();
    for ((expression, expected), told) in TABLE.iter().zip(told()) {
        let expected =
            (!expected.is_empty()).then(|| serde_json::from_str::<Json>(expected).unwrap());
        let is_right = match (&told, &expected) {
            (Ok(told), Some(expected)) => same(told, expected),
            (Err(_), None) => true,
            _ => false,
        };
        if !is_right {
            let _ = writeln!(wrong, "{expression}\n  is told as {told:?}, not as {expected:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let count = TABLE.iter().filter(|(_, expected)| !expected.is_empty()).count();
    assert!(TABLE.len() >= 120 && count >= 110, "{count} of {} are told", TABLE.len());
}

#[test]
#[ignore = "needs terraform"]
fn terraform_itself_gives_expressions_the_values_that_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    for (path, text) in project() {
        let path = root.join(path);
        crate::fs::create_directory(path.parent().unwrap()).unwrap();
        crate::fs::write(&path, text.as_bytes()).unwrap();
    }
    let terraform = |arguments: &[&str]| {
        let path = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin";
        let variables = [("PATH".into(), path.into()), ("HOME".into(), root.as_str().into())];
        let environment = Environment::new(variables);
        let mut program = Program::new("terraform", arguments.iter().copied(), environment);
        program.folder = Some(root.to_owned());
        let output = program.run().unwrap();
        assert!(output.success, "{arguments:?}: {}", output.stderr);
        output.stdout
    };
    terraform(&["init", "-input=false", "-no-color"]);
    terraform(&["plan", "-input=false", "-no-color", "-out=plan"]);
    let plan: Json = serde_json::from_slice(&terraform(&["show", "-json", "plan"])).unwrap();
    let mut counts = BTreeMap::new();
    let mut wrong = String::new();
    for (index, ((expression, _), told)) in TABLE.iter().zip(told()).enumerate() {
        let value = &plan["planned_values"]["outputs"][format!("e{index}")]["value"];
        let verdict = match told {
            Err(_) => "not told",
            Ok(told) if same(&told, value) => "told",
            Ok(told) => {
                let _ = writeln!(wrong, "{expression}\n  is {value}, and is told as {told}");
                "wrong"
            }
        };
        *counts.entry(verdict).or_insert(0) += 1;
    }
    assert!(wrong.is_empty(), "{counts:?}\n{wrong}");
}
