//! The text of the files of a catalog, and places in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file. Its path is the one that diagnostics show.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// The byte offset at which each line starts.
    lines: Vec<usize>,
    /// How many characters start before each block of the text, so that a column is found at once in the longest line.
    blocks: Vec<usize>,
}

/// The size of such a block, in bytes.
const BLOCK: usize = 1024;

impl Source {
    /// A byte order mark is dropped: it is no part of the text.
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        let mut count = 0;
        let blocks = text.as_bytes().chunks(BLOCK).map(|block| {
            count += characters(block);
            count
        });
        let blocks = std::iter::once(0).chain(blocks).collect();
        Self {
            path: path.to_owned(),
            text,
            lines,
            blocks,
        }
    }

    /// The line of a byte offset, from 1, and where that line starts.
    fn line(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset);
        // The first line starts at 0, so that there is always one.
        (line, self.lines[line - 1])
    }

    /// The line and the column of a byte offset, both from 1; columns count characters, and a tab is one.
    pub(crate) fn position(&self, offset: usize) -> (usize, usize) {
        let (line, start) = self.line(offset);
        (
            line,
            self.characters_before(offset) - self.characters_before(start) + 1,
        )
    }

    fn characters_before(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        let block = offset / BLOCK;
        let rest = characters(&self.text.as_bytes()[block * BLOCK..offset]);
        self.blocks.get(block).copied().unwrap_or_default() + rest
    }

    /// The lines that hold this range, and the offset at which they start.
    pub(crate) fn lines(&self, range: Range<usize>) -> (usize, &str) {
        let (_, start) = self.line(range.start);
        let (last, _) = self.line(range.end);
        let end = self.lines.get(last).copied().unwrap_or(self.text.len());
        (start, self.text.get(start..end).unwrap_or_default())
    }
}

/// How many characters start in these bytes of a text.
fn characters(bytes: &[u8]) -> usize {
    let continues = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
    bytes.iter().filter(|byte| !continues(byte)).count()
}

/// A file of [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(usize);

/// A piece of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) file: FileId,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// Whether another span lies in this one.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// A part of this span: `start` and `end` count bytes from its beginning and stay inside it.
    pub(crate) fn part(self, start: usize, end: usize) -> Self {
        let at = |offset: usize| (self.start + offset).min(self.end);
        Self {
            file: self.file,
            start: at(start),
            end: at(end),
        }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// All files of a catalog that were opened.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<Arc<Source>>);

impl Sources {
    pub(crate) fn add(&mut self, source: Source) -> FileId {
        self.0.push(Arc::new(source));
        FileId(self.0.len() - 1)
    }

    pub(crate) fn get(&self, file: FileId) -> &Arc<Source> {
        // A `FileId` is only made by `add`, and nothing is ever removed.
        &self.0[file.0]
    }

    /// The beginning of a file: the place of what concerns it as a whole.
    pub(crate) fn top(file: FileId) -> Span {
        Span {
            file,
            start: 0,
            end: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new(Path::new("a.yaml"), "\u{feff}a: b\n\té: \"ü\"x\r\nlast");
        assert_eq!(source.position(0), (1, 1));
        assert_eq!(source.position(3), (1, 4));
        let x = source.text.find('x').expect("it is in the text");
        assert_eq!(source.position(x), (2, 8));
        assert_eq!(source.position(source.text.len()), (3, 5));
        assert_eq!(source.lines(x..x), (5, "\té: \"ü\"x\r\n"));
    }

    #[test]
    fn columns_in_a_long_line() {
        let source = Source::new(Path::new("a"), &format!("x\n{}", "aé🐍".repeat(2_000)));
        for column in [1, 2, 1_000, 3_001, 6_000] {
            let before = source.text[2..].char_indices().nth(column - 1);
            let offset = before.map_or(source.text.len(), |(at, _)| at + 2);
            assert_eq!(source.position(offset), (2, column));
        }
    }

    #[test]
    fn the_end_of_an_empty_file_is_its_beginning() {
        assert_eq!(Source::new(Path::new("a"), "").position(0), (1, 1));
    }
}
