//! Which file an address or a path in a lock names.

use crate::address::{decoded, plain};

/// Returns the name of the file that a path or an address names, a path before an address, and
/// an address without its escapes.
pub(super) fn file_name(path: Option<&str>, url: Option<&str>) -> Option<String> {
    let name = match (path, url) {
        (Some(path), _) => path.rsplit(['/', '\\']).next().map(str::to_owned),
        (None, Some(url)) => {
            let url = plain(url);
            url.rsplit('/').next().map(decoded)
        }
        (None, None) => None,
    };
    name.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_last_name_of_its_path_or_address() {
        let table = [
            (Some("wheels/a.whl"), None, Some("a.whl")),
            (Some("wheels\\a.whl"), Some("https://host/b.whl"), Some("a.whl")),
            (None, Some("https://host/x/a-1%2Bcpu.whl?x=/y#z"), Some("a-1+cpu.whl")),
            (None, Some("https://host/100%.zip"), Some("100%.zip")),
            (None, Some("https://host/"), None),
            (None, None, None),
        ];
        for (path, url, name) in table {
            assert_eq!(file_name(path, url).as_deref(), name);
        }
    }
}
