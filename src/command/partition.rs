//! Which part of all lambdas a machine packages.

use crate::digest::Sha256Digest;

/// One part of all lambdas, for machines that share the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Partition {
    /// Which part, from 1.
    pub(crate) index: usize,
    /// Of how many.
    pub(crate) count: usize,
}

impl Partition {
    /// Whether a lambda falls into it: by the hash of its name, so that another one moves none.
    pub(super) fn has(self, name: &str) -> bool {
        let digest = Sha256Digest::of(name.as_bytes()).to_hex();
        let number = u64::from_str_radix(&digest[..16], 16).expect("a digest is hexadecimal");
        number % self.count as u64 == self.index as u64 - 1
    }
}

impl std::str::FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.parse().ok()?, count: count.parse().ok()? })
        });
        parts
            .filter(|part| (1..=part.count).contains(&part.index))
            .ok_or_else(|| "a partition is `I/N`, with I from 1 to N".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_one_of_its_count() {
        assert_eq!("2/3".parse(), Ok(Partition { index: 2, count: 3 }));
        for text in ["0/3", "4/3", "1", "a/b", "1/0", ""] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_lambda_is_in_one_part_whatever_others_there_are() {
        let all: Vec<String> = (0..100).map(|number| format!("lambda-{number}")).collect();
        for count in [1, 2, 7] {
            let part = |index, all: &[String]| {
                let part = Partition { index, count };
                all.iter().filter(|name| part.has(name)).cloned().collect::<Vec<String>>()
            };
            let parts: Vec<Vec<String>> = (1..=count).map(|index| part(index, &all)).collect();
            let mut joined = parts.concat();
            joined.sort();
            let mut sorted = all.clone();
            sorted.sort();
            assert_eq!(joined, sorted);
            let fewer = &all[10..60];
            for (index, whole) in (1..=count).zip(&parts) {
                let expected: Vec<_> = whole.iter().filter(|it| fewer.contains(it)).collect();
                assert_eq!(part(index, fewer).iter().collect::<Vec<_>>(), expected);
            }
        }
    }
}
