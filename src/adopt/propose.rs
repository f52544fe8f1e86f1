//! Finds the smallest config for lambdas that are known; pure.
//!
//! Globs are chosen by what they cost: an entry of the list for each, and one for each folder that
//! they match and that is no lambda, which an entry with `!` takes out again.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::folders::Folders;
use super::{Found, GENERIC};
use crate::lambda::{DEFAULT_GLOB, Form, Glob};
use crate::tree::normal;

/// Folders that have a lambda in each of theirs: a glob of them finds the next one, too.
const HOMES: [&str; 8] = [
    "lambdas",
    "lambda",
    "functions",
    "lambda_functions",
    "lambda-functions",
    "services",
    "handlers",
    "layers",
];
/// What a folder that git ignores costs: another clone has not got it, and is warned of the `!`.
const IGNORED: usize = 3;

/// A config.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// None where the default finds them.
    pub(crate) lambdas: Option<Vec<String>>,
    pub(crate) layers: Vec<String>,
    /// The keys of all lambdas.
    pub(crate) keys: BTreeMap<&'static str, Value>,
    /// Those of one.
    pub(crate) tables: BTreeMap<Table, BTreeMap<&'static str, Value>>,
    /// The name of each, by path.
    pub(crate) names: BTreeMap<Utf8PathBuf, String>,
    /// The zip of each, by path.
    pub(crate) zips: BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    /// Zips that two of them want.
    pub(crate) disputed: BTreeSet<Utf8PathBuf>,
}

/// What a key is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<String>),
    Map(BTreeMap<String, String>),
}

/// The table of a lambda.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Table {
    pub(crate) is_layer: bool,
    pub(crate) name: String,
}

impl Proposal {
    /// Whether the default says it all.
    pub(crate) fn is_default(&self) -> bool {
        self.lambdas.is_none()
            && self.layers.is_empty()
            && self.keys.is_empty()
            && self.tables.is_empty()
    }
}

pub(super) fn propose(found: &[Found], folders: &Folders) -> Proposal {
    let mut proposal = Proposal::default();
    let (layers, functions): (Vec<&Found>, Vec<&Found>) = found.iter().partition(|it| it.is_layer);
    let functions_of = cover(&functions, folders);
    let layers_of = cover(&layers, folders);
    name(&functions, &functions_of, &mut proposal);
    name(&layers, &layers_of, &mut proposal);
    if functions_of.entries != [DEFAULT_GLOB] && !functions.is_empty() {
        proposal.lambdas = Some(functions_of.entries);
    }
    proposal.layers = layers_of.entries;
    zips(found, &mut proposal);
    requirements(found, &mut proposal);
    extents(found, &mut proposal);
    function_names(&functions, &mut proposal);
    proposal
}

/// Globs that match some paths, and those that take out what else they match; and the paths that need
/// a table.
#[derive(Debug, Default)]
struct Cover {
    entries: Vec<String>,
    tabled: BTreeSet<Utf8PathBuf>,
}

/// What a glob would match.
#[derive(Debug, Default)]
struct Matches<'a> {
    wanted: BTreeSet<&'a Utf8Path>,
    others: BTreeSet<&'a Utf8Path>,
    cost: usize,
}

fn cover(found: &[&Found], folders: &Folders) -> Cover {
    let mut cover = Cover::default();
    let mut open: BTreeSet<&Utf8Path> = BTreeSet::new();
    for found in found {
        let is_hidden = found.path.components().any(|it| it.as_str().starts_with(['.', '_']));
        // No glob finds these.
        match found.path == "" || is_hidden || has_signs(&found.path) {
            true => drop(cover.tabled.insert(found.path.clone())),
            false => drop(open.insert(&found.path)),
        }
    }
    let files: Vec<Utf8PathBuf> = folders
        .0
        .iter()
        .flat_map(|(path, folder)| {
            let modules = folder.files.iter().filter(|file| file.ends_with(".py"));
            modules.map(move |file| path.join(file))
        })
        .collect();
    let mut globs: BTreeMap<String, Matches<'_>> = BTreeMap::new();
    for path in &open {
        for glob in globs_of(path) {
            let matches = globs.entry(glob).or_default();
            matches.wanted.insert(path);
            matches.cost = 1;
        }
    }
    // Only of files, if some lambda is one: repositories have many.
    let has_files = found.iter().any(|found| found.is_file);
    let files = files.iter().map(|path| (path.as_path(), false)).filter(|_| has_files);
    let all = folders
        .0
        .iter()
        .map(|(path, folder)| (path.as_path(), folder.is_ignored || folder.is_foreign));
    for (path, is_ignored) in all.chain(files) {
        let is_hidden = path.components().any(|it| it.as_str().starts_with(['.', '_']));
        if open.contains(path) || is_hidden || path == "" {
            continue;
        }
        for glob in globs_of(path) {
            if let Some(matches) = globs.get_mut(&glob)
                && matches.others.insert(path)
            {
                matches.cost += if is_ignored { IGNORED } else { 1 };
            }
        }
    }
    let mut taken_out = BTreeSet::new();
    loop {
        let best = globs.iter().filter_map(|(glob, matches)| {
            let gain = matches.wanted.intersection(&open).count();
            // Where a home of lambdas has some other folder, too, the next one is still a lambda.
            let pays = if is_home(glob) { gain + 1 >= matches.cost } else { gain > matches.cost };
            (gain > 0 && pays).then(|| {
                let wildcards = glob.matches('*').count();
                // The least cost for each; then the most; then the plainest.
                ((matches.cost * 1000 / gain, usize::MAX - gain, wildcards, glob.len()), glob)
            })
        });
        let Some((_, glob)) = best.min() else { break };
        let matches = &globs[glob];
        open.retain(|path| !matches.wanted.contains(path));
        taken_out.extend(matches.others.iter().map(|path| format!("!{path}")));
        cover.entries.push(glob.clone());
    }
    // What no glob finds alone is named.
    for path in open {
        let last = path.file_stem().unwrap_or_default();
        match GENERIC.contains(&last) && path.parent().is_some_and(|it| it != "") {
            true => drop(cover.tabled.insert(path.to_owned())),
            false => cover.entries.push(path.to_string()),
        }
    }
    cover.entries.sort();
    cover.entries.extend(taken_out);
    cover
}

/// Whether a path has what means something in a glob.
fn has_signs(path: &Utf8Path) -> bool {
    path.as_str().contains(['*', '?', '[', ']', '{', '}', '\\', '!'])
}

/// Whether a glob is worth it for a single lambda: it finds the next one where that will be.
fn is_home(glob: &str) -> bool {
    let parts: Vec<&str> = glob.split('/').collect();
    let at = parts.array_windows().position(|[home, name]| HOMES.contains(home) && *name == "*");
    // `functions/*/src` has the next one, too; `lambdas/*/terraform` is chance.
    at.is_some_and(|at| parts[at + 2..].iter().all(|part| GENERIC.contains(part)))
        || matches!(parts[..], [.., "*", last] if GENERIC.contains(&last))
}

/// The globs that match a path: with a wildcard for one of its parts or two.
fn globs_of(path: &Utf8Path) -> BTreeSet<String> {
    let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    let (last, ending) =
        match parts.last().and_then(|last| Some((last.strip_suffix(".py")?, ".py"))) {
            Some(of_file) => of_file,
            None => (parts.last().copied().unwrap_or_default(), ""),
        };
    let mut lasts = vec![format!("*{ending}")];
    for sign in ['_', '-'] {
        lasts.extend(last.find(sign).map(|at| format!("{}*{ending}", &last[..=at])));
        lasts.extend(last.rfind(sign).map(|at| format!("*{}{ending}", &last[at..])));
    }
    let count = parts.len();
    let with = |changes: &[(usize, &str)]| {
        let mut parts = parts.clone();
        for (index, part) in changes {
            parts[*index] = part;
        }
        parts.join("/")
    };
    let mut globs = BTreeSet::new();
    for last in &lasts {
        // At the root such a glob would match whatever comes.
        if count > 1 || last != "*" {
            globs.insert(with(&[(count - 1, last)]));
        }
        for index in 0..count - 1 {
            // All folders of all folders are no place.
            if count > 2 || last != "*" {
                globs.insert(with(&[(index, "*"), (count - 1, last)]));
            }
        }
    }
    for index in 0..count - 1 {
        globs.insert(with(&[(index, "*")]));
        for other in index + 1..count - 1 {
            globs.insert(with(&[(index, "*"), (other, "*")]));
        }
    }
    globs
}

/// Names lambdas as discovery will; those to which globs give no name of their own get a table.
fn name(found: &[&Found], cover: &Cover, proposal: &mut Proposal) {
    let globs = cover.entries.iter().filter(|glob| !glob.starts_with('!'));
    let globs: Vec<Glob> = globs.filter_map(|glob| Glob::parse(glob).ok()).collect();
    let mut taken: BTreeSet<String> = proposal.names.values().cloned().collect();
    let mut tabled: Vec<&Found> = Vec::new();
    let mut of_name: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
    for found in found {
        let form = if found.is_file { Form::File } else { Form::Directory };
        let given = globs.iter().filter_map(|glob| glob.name_of(&found.path, form));
        let given: BTreeSet<String> = given.collect();
        match given.into_iter().collect::<Vec<_>>() {
            names if names.len() == 1 && !names[0].is_empty() => {
                of_name.entry(names[0].clone()).or_default().push(found);
            }
            _ => tabled.push(found),
        }
    }
    for (name, found) in of_name {
        match found[..] {
            [one] if !taken.contains(&name) => {
                taken.insert(name.clone());
                proposal.names.insert(one.path.clone(), name);
            }
            _ => tabled.extend(found),
        }
    }
    for found in tabled {
        let name = free_name(found, &taken);
        taken.insert(name.clone());
        let table = Table { is_layer: found.is_layer, name: name.clone() };
        let path = if found.path == "" { "." } else { found.path.as_str() };
        proposal.tables.entry(table).or_default().insert("path", Value::Text(path.to_owned()));
        proposal.names.insert(found.path.clone(), name);
    }
}

/// A name that is not taken: the last part of the path that says something, or what Terraform calls
/// it; more of the path, where that is another's.
fn free_name(found: &Found, taken: &BTreeSet<String>) -> String {
    let path = found.path.with_extension("");
    let path = if found.is_file { path.as_path() } else { &found.path };
    let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    let telling: Vec<&str> = parts.iter().copied().filter(|part| !GENERIC.contains(part)).collect();
    let title = found.title.clone().filter(|title| is_name(title));
    let last = telling.last().map(|last| (*last).trim_start_matches(['_', '.']).to_owned());
    let longer = |count: usize| parts[parts.len().saturating_sub(count)..].join("-");
    let layer = last.as_ref().map(|last| format!("{last}-layer")).filter(|_| found.is_layer);
    let names = last.into_iter().chain(title).chain(layer).chain((2..=parts.len()).map(longer));
    let names = names.chain(["app".to_owned()]).chain((2..).map(|count| format!("app-{count}")));
    let is_free = |name: &String| is_name(name) && !taken.contains(name);
    names.into_iter().find(is_free).expect("there is always another number")
}

/// Whether a text can be the name of a zip.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|sign| sign.is_alphanumeric() || "-_.".contains(sign))
}

/// Puts the zips where Terraform wants them.
fn zips(found: &[Found], proposal: &mut Proposal) {
    let mut owners: BTreeMap<&Utf8Path, &Found> = BTreeMap::new();
    let mut wanted = Vec::new();
    for found in found {
        let Some(zip) = &found.zip else { continue };
        if owners.insert(zip, found).is_some() {
            proposal.disputed.insert(zip.clone());
            continue;
        }
        wanted.push((found, zip.to_string()));
    }
    let beside = |found: &Found, name: &str| found.folder().join(format!("{name}.zip"));
    for found in found {
        let zip = beside(found, &proposal.names[&found.path]);
        proposal.zips.insert(found.path.clone(), zip);
    }
    let places = wanted.iter().map(|(found, zip)| (found.path.clone(), zip.into()));
    proposal.zips.extend(places);
    if wanted.is_empty()
        || wanted.iter().all(|(found, zip)| beside(found, &proposal.names[&found.path]) == *zip)
    {
        return;
    }
    let folder = Utf8Path::new(&wanted[0].1).parent().unwrap_or(Utf8Path::new("")).to_owned();
    let is_in = |(found, zip): &(&Found, String)| {
        folder != "" && *zip == folder.join(format!("{}.zip", proposal.names[&found.path]))
    };
    if wanted.iter().all(is_in) {
        proposal.keys.insert("out-dir", Value::Text(folder.to_string()));
        return;
    }
    if let Some(template) = template("zip", &wanted, proposal) {
        proposal.keys.insert("zip", Value::Text(template));
        return;
    }
    wanted.retain(|(found, zip)| beside(found, &proposal.names[&found.path]) != *zip);
    tables("zip", wanted, proposal);
}

fn requirements(found: &[Found], proposal: &mut Proposal) {
    let (wanted, others): (Vec<&Found>, Vec<&Found>) =
        found.iter().partition(|found| found.requirements.is_some());
    let value = |found: &Found| found.requirements.clone().unwrap_or_default().into_string();
    let wanted: Vec<_> = wanted.into_iter().map(|found| (found, value(found))).collect();
    match template("requirements", &wanted, proposal).filter(|_| others.len() < wanted.len()) {
        Some(template) => {
            proposal.keys.insert("requirements", Value::Text(template));
            let own =
                |found: &Found| found.own_requirements.clone().unwrap_or_default().into_string();
            tables("requirements", others.into_iter().map(|it| (it, own(it))).collect(), proposal);
        }
        None => tables("requirements", wanted, proposal),
    }
}

/// Says what packages have beside their lambdas' own files as they are.
fn extents(found: &[Found], proposal: &mut Proposal) {
    let texts = |texts: &Vec<String>| (!texts.is_empty()).then(|| Value::List(texts.clone()));
    let map = |it: &BTreeMap<_, _>| (!it.is_empty()).then(|| Value::Map(it.clone()));
    extent("exclude", found, &|it| texts(&it.extent.exclude), proposal);
    extent("files", found, &|it| map(&it.extent.files), proposal);
    extent("prefix", found, &|it| it.extent.prefix.clone().map(Value::Text), proposal);
}

/// Says one key of each; once, where all have the same.
fn extent(
    key: &'static str,
    found: &[Found],
    value: &dyn Fn(&Found) -> Option<Value>,
    proposal: &mut Proposal,
) {
    let wanted: Vec<_> = found.iter().filter_map(|it| Some((it, value(it)?))).collect();
    match &wanted[..] {
        [(_, first), _, ..]
            if wanted.len() == found.len() && wanted.iter().all(|(_, it)| it == first) =>
        {
            proposal.keys.insert(key, first.clone());
        }
        _ => tables_of(key, wanted, proposal),
    }
}

fn function_names(found: &[&Found], proposal: &mut Proposal) {
    let wanted = found.iter().filter_map(|found| Some((*found, found.function_name.clone()?)));
    let wanted: Vec<_> = wanted.collect();
    match template("function-name", &wanted, proposal).filter(|_| wanted.len() == found.len()) {
        Some(template) => drop(proposal.keys.insert("function-name", Value::Text(template))),
        None => tables("function-name", wanted, proposal),
    }
}

/// One value with `{name}` and `{path}` that says it of each; none of a single one.
fn template(key: &str, wanted: &[(&Found, String)], proposal: &Proposal) -> Option<String> {
    let [(first, value), _, ..] = wanted else { return None };
    let is_path = key != "function-name";
    let fill = |template: &str, found: &Found| {
        let path = if found.path == "" { "." } else { found.path.as_str() };
        let text = template.replace("{name}", &proposal.names[&found.path]).replace("{path}", path);
        if is_path { normal(Utf8Path::new(&text)).into_string() } else { text }
    };
    let with_name = |text: &str| text.replace(proposal.names[&first.path].as_str(), "{name}");
    let mut templates = vec![value.clone(), with_name(value)];
    if first.path != "" && is_path {
        let up = relative(&first.path, Utf8Path::new(value));
        let of_path = [format!("{{path}}/{up}"), format!("{{path}}/{}", with_name(&up))];
        // What is near a lambda is told by its path, what is in a folder of its own by its name.
        let is_near = !up.starts_with("../../") && key == "requirements" || !up.starts_with("..");
        let at = if is_near { 1 } else { templates.len() };
        templates.splice(at..at, of_path);
    }
    let mut templates = templates.into_iter();
    templates.find(|template| {
        // A zip or a name without a part of the lambda would be one of several.
        (key == "requirements" || template.contains('{'))
            && wanted.iter().all(|(found, value)| fill(template, found) == *value)
    })
}

/// Writes texts into the table of each.
fn tables(key: &'static str, wanted: Vec<(&Found, String)>, proposal: &mut Proposal) {
    tables_of(
        key,
        wanted.into_iter().map(|(it, text)| (it, Value::Text(text))).collect(),
        proposal,
    );
}

fn tables_of(key: &'static str, wanted: Vec<(&Found, Value)>, proposal: &mut Proposal) {
    for (found, value) in wanted {
        let name = proposal.names[&found.path].clone();
        let table = Table { is_layer: found.is_layer, name };
        proposal.tables.entry(table).or_default().insert(key, value);
    }
}

/// A path as a folder sees it.
fn relative(folder: &Utf8Path, path: &Utf8Path) -> String {
    let common = folder.components().zip(path.components()).take_while(|(one, other)| one == other);
    let common = common.count();
    let up = folder.components().skip(common).map(|_| "..");
    let down = path.components().skip(common).map(|part| part.as_str());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::folders::Folder;
    use super::*;

    /// Folders, each with a module, and the lambdas among them; `layer:` in front is a layer.
    fn proposed(folders: &[&str], found: &[&str]) -> Proposal {
        let mut all = Folders::default();
        for path in folders.iter().chain(found) {
            let path = Utf8Path::new(path.trim_start_matches("layer:"));
            for above in path.ancestors().filter(|it| it.extension() != Some("py")) {
                all.0.entry(above.to_owned()).or_default();
            }
            let (folder, file) = match path.extension() {
                Some("py") => (path.parent().unwrap(), path.file_name().unwrap()),
                _ => (path, "app.py"),
            };
            let Folder { files, .. } = all.0.get_mut(folder).unwrap();
            files.insert(file.to_owned());
        }
        let found = found.iter().map(|path| match path.strip_prefix("layer:") {
            Some(path) => Found { is_layer: true, ..Found::new(path.into(), String::new()) },
            None => Found::new((*path).into(), String::new()),
        });
        propose(&found.collect::<Vec<_>>(), &all)
    }

    #[test]
    fn globs_match_all_lambdas_and_nothing_else() {
        for (folders, found, expected) in [
            (&["lambdas/b"][..], &["lambdas/a"][..], &["lambdas/*", "!lambdas/b"][..]),
            (&["src/lib"], &["src/fn_a", "src/fn_b"], &["src/fn_*"]),
            (&["src/lib"], &["src/a-job", "src/b-job"], &["src/*-job"]),
            (&["docs"], &["api", "jobs"], &["api", "jobs"]),
            (&[], &["a/x/b", "a/y/b"], &["a/*/b"]),
            (&[], &["one/two/three"], &["one/two/three"]),
            (&[], &["jobs/a.py", "jobs/b.py", "src/c"], &["jobs/*.py", "src/c"]),
            (&["jobs/lib.py"], &["jobs/a.py"], &["jobs/a.py"]),
            (&[], &["a/handler.py", "b/handler.py"], &["*/handler.py"]),
        ] {
            let proposal = proposed(folders, found);
            assert_eq!(proposal.lambdas.unwrap_or_default(), expected, "{found:?}");
            assert_eq!(proposal.tables, BTreeMap::new(), "{found:?}");
        }
        assert!(proposed(&[], &["lambdas/a", "lambdas/b"]).is_default());
        assert!(proposed(&[], &["lambdas/a"]).is_default());
    }

    #[test]
    fn what_no_glob_names_gets_a_table() {
        for (found, names) in [
            (&[""][..], &["app"][..]),
            (&["a/_hidden"], &["hidden"]),
            (&["a/x", "a/b/x"], &["b-x", "x"]),
            (&["lambdas/deps", "layer:layers/deps"], &["deps-layer"]),
            (&["a/[x]"], &["app"]),
        ] {
            let proposal = proposed(&[], found);
            let tables: Vec<&str> = proposal.tables.keys().map(|table| &*table.name).collect();
            let all: BTreeSet<&String> = proposal.names.values().collect();
            assert_eq!((tables, all.len()), (names.to_vec(), found.len()), "{found:?}");
        }
        let proposal = proposed(&[], &["lambdas/api", "layer:layers/deps", "layer:layers/more"]);
        assert_eq!((proposal.lambdas, proposal.layers), (None, vec!["layers/*".to_owned()]));
    }
}
