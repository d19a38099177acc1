//! "Did you mean": the known name that is nearest to an unknown one.

/// The sentence for the known name that is nearest to `name`, where one is near enough.
pub(crate) fn did_you_mean<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(name, known).map(|found| format!("did you mean `{found}`?"))
}

/// The known name that is nearest to `name`, where a slip of the fingers explains the difference.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let length = folded.chars().count();
    known
        .into_iter()
        .filter(|candidate| *candidate != name)
        // Three characters of four bytes each are the most that may differ; most names need not be measured.
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 3 * 4)
        .map(|candidate| (distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= length.max(candidate.chars().count()).div_ceil(4).min(3)
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of characters to insert, remove, replace, or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    /// Longer names are not typed, they are pasted; the work stays bounded.
    const LONGEST: usize = 256;
    let a: Vec<char> = a.chars().take(LONGEST).collect();
    let b: Vec<char> = b.chars().take(LONGEST).collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("tpye", "type"), 1);
        assert_eq!(distance("é", "e"), 1);
    }

    #[test]
    fn only_near_names_are_suggested() {
        let known = ["fields", "topic", "kind"];
        assert_eq!(nearest("feilds", known), Some("fields"));
        assert_eq!(nearest("Topic", known), Some("topic"));
        assert_eq!(nearest("headers", known), None);
        assert_eq!(nearest("x", known), None);
    }
}
