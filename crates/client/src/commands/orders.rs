//! `orders import`, `orders list`, `orders preview`, `orders approve`: files of orders.

mod approve;
mod import;
mod preview;

pub(crate) use approve::run as approve;
pub(crate) use import::{list, run as import};
pub(crate) use preview::run as preview;

use serde::Serialize;
use wattkey_client::batch::{BatchId, Batches};
use wattkey_client::config::Config;
use wattkey_client::order_file::Problem;

use crate::cli::fault::{Exit, Fault};
use crate::cli::output::Output;
use crate::cli::table::{Cell, Column, Table};

/// The batches of this PC.
fn batches(config: &Config) -> Result<Batches, Fault> {
    Ok(Batches::open(&config.journal)?)
}

/// The batch that is named; none is the last one.
fn named(batch: Option<&String>) -> Result<Option<BatchId>, Fault> {
    let named = |batch: &String| {
        let none = |_| Fault::new("no-batch", Exit::NotFound);
        batch.parse::<BatchId>().map_err(none)
    };
    batch.map(named).transpose()
}

/// What is wrong with a line.
#[derive(Serialize)]
struct Wrong {
    line: Option<u32>,
    field: Option<&'static str>,
    problem: &'static str,
    message: String,
}

impl Wrong {
    fn of(output: &Output, problem: &Problem) -> Wrong {
        let value = problem.value.clone();
        let id = format!("wrong-{}", problem.code);
        Wrong {
            line: problem.line,
            field: problem.field,
            problem: problem.code,
            message: output.text().with(&id, &[("value", value.into())]),
        }
    }

    fn all(output: &Output, problems: &[Problem]) -> Vec<Wrong> {
        let problems = problems.iter();
        problems.map(|one| Wrong::of(output, one)).collect()
    }
}

fn table_of(wrong: &[Wrong]) -> Table {
    let mut table = Table::new(&[
        Column::right("column-file-line"),
        Column::left("column-field"),
        Column::for_programs("problem"),
        Column::left("column-wrong"),
    ]);
    for one in wrong {
        table.row([
            Cell::of(one.line, Cell::number),
            Cell::of(one.field, Cell::text),
            Cell::text(one.problem),
            Cell::text(&one.message),
        ]);
    }
    table
}

/// Nothing of the file counts until it is right.
fn not_right(count: usize) -> Fault {
    Fault::new("order-file", Exit::Usage).with("count", count.to_string())
}
