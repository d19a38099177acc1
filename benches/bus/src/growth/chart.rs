//! Lines over a range: as a table, and as a plot.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::prelude::*;

use crate::Result;
use crate::turn::median;

const SIZE: (u32, u32) = (760, 420);

/// As many lines as there are ways to do the work.
const COLORS: [RGBColor; 4] = [
    RGBColor(0x6b, 0x72, 0x80),
    RGBColor(0xc2, 0x41, 0x0c),
    RGBColor(0xa8, 0xb0, 0xbc),
    RGBColor(0xf5, 0x9e, 0x0b),
];

/// What was measured over a range.
pub(super) struct Chart {
    /// Of its file, without the extension.
    name: &'static str,
    /// What grows.
    what: &'static str,
    /// Whether each step is a multiple of the one before.
    is_logarithmic: bool,
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    /// By what grows: messages a second.
    points: Vec<(f64, f64)>,
}

impl Chart {
    pub(super) fn new(name: &'static str, what: &'static str) -> Self {
        Self {
            name,
            what,
            is_logarithmic: false,
            lines: Vec::new(),
        }
    }

    /// Each step is a multiple of the one before, and so are the figures.
    pub(super) fn logarithmic(mut self) -> Self {
        self.is_logarithmic = true;
        self
    }

    /// A point is measured: messages a second of several turns.
    pub(super) fn add(&mut self, line: &'static str, at: u32, figures: &mut [f64]) {
        let Some(figure) = median(figures) else {
            return;
        };
        let point = (f64::from(at), figure);
        match self.lines.iter_mut().find(|known| known.name == line) {
            Some(known) => known.points.push(point),
            None => self.lines.push(Line {
                name: line,
                points: vec![point],
            }),
        }
    }

    /// Writes the plot into a folder.
    pub(super) fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(self.name).with_extension("svg");
        let root = SVGBackend::new(&path, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (x, y) = (self.range(|point| point.0), self.range(|point| point.1));
        if self.is_logarithmic {
            let y = y.start * 0.7..y.end * 1.5;
            self.draw(&root, x.log_scale(), y.log_scale())?;
        } else {
            let (x, y) = (0.0..x.end * 1.05, 0.0..y.end * 1.1);
            self.draw(&root, x, y)?;
        }
        root.present()?;
        Ok(())
    }

    fn range(&self, of: impl Fn(&(f64, f64)) -> f64) -> Range<f64> {
        let points = self.lines.iter().flat_map(|line| &line.points);
        points.map(of).fold(f64::INFINITY..0.0, |range, at| {
            range.start.min(at)..range.end.max(at)
        })
    }

    fn draw<R>(&self, root: &DrawingArea<SVGBackend<'_>, Shift>, x: R, y: R) -> Result<()>
    where
        R: AsRangedCoord<Value = f64>,
        R::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let mut chart = ChartBuilder::on(root)
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(72)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.what)
            .y_desc("messages a second")
            .light_line_style(WHITE)
            .x_label_formatter(&|figure| short(*figure))
            .y_label_formatter(&|figure| short(*figure))
            .draw()?;
        for (line, color) in self.lines.iter().zip(COLORS) {
            let points = line.points.iter().copied();
            chart
                .draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(3))?
                .label(line.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2))
                });
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(RGBColor(0xd1, 0xd5, 0xdb))
            .draw()?;
        Ok(())
    }
}

/// The table.
impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} |", self.what)?;
        for line in &self.lines {
            write!(f, " {} |", line.name)?;
        }
        write!(f, "\n|---|{}", "---|".repeat(self.lines.len()))?;
        let steps = self.lines.first().map_or(0, |line| line.points.len());
        for step in 0..steps {
            write!(f, "\n| {} |", self.lines[0].points[step].0)?;
            for line in &self.lines {
                write!(f, " {:.0} |", line.points[step].1)?;
            }
        }
        Ok(())
    }
}

/// 1,048,576 is `1M`.
fn short(figure: f64) -> String {
    if figure >= 1e6 {
        format!("{:.0}M", figure / 1e6)
    } else if figure >= 1e3 {
        format!("{:.0}k", figure / 1e3)
    } else {
        format!("{figure:.0}")
    }
}
