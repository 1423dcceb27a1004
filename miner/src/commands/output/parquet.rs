//! Apache Parquet: names as lists of strings, numbers as numbers.

use std::io;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use segue_miner::rules::Rule;

use super::{Content, Records, Sink};
use crate::commands::transactions::Items;

/// Rows of a row group: that many are kept before they are written.
const ROWS: usize = 1 << 17;

pub(super) struct Parquet<'a> {
    /// `None` once it is closed.
    writer: Option<SerializedFileWriter<&'a mut Sink>>,
    items: &'a Items,
    baskets: usize,
    /// The columns of the row group being made, by kind, in the order of the schema.
    lists: Vec<ListColumn>,
    integers: Vec<Vec<i64>>,
    reals: Vec<Vec<f64>>,
    rows: usize,
}

/// Lists of names. No list is empty, and no name is missing.
#[derive(Default)]
struct ListColumn {
    names: Vec<ByteArray>,
    /// 0 where a list begins, 1 where it goes on.
    repetitions: Vec<i16>,
}

impl<'a> Parquet<'a> {
    pub(super) fn new(content: Content, items: &'a Items, baskets: usize, sink: &'a mut Sink) -> io::Result<Self> {
        let (lists, integers, reals): (&[&str], &[&str], &[&str]) = match content {
            Content::Itemsets => (&["items"], &["support"], &["relative_support"]),
            Content::Rules => (
                &["antecedent", "consequent"],
                &["support", "antecedent_support", "consequent_support"],
                &["confidence", "lift", "leverage", "conviction"],
            ),
        };
        let fields: Result<Vec<TypePtr>, ParquetError> = lists
            .iter()
            .map(|name| list(name))
            .chain(integers.iter().map(|name| number(name, Physical::INT64)))
            .chain(reals.iter().map(|name| number(name, Physical::DOUBLE)))
            .collect();
        let schema = Type::group_type_builder("schema").with_fields(fields.map_err(other)?).build().map_err(other)?;
        let properties = Arc::new(WriterProperties::builder().build());
        let writer = SerializedFileWriter::new(sink, Arc::new(schema), properties).map_err(other)?;
        Ok(Self {
            writer: Some(writer),
            items,
            baskets,
            lists: lists.iter().map(|_| ListColumn::default()).collect(),
            integers: vec![Vec::new(); integers.len()],
            reals: vec![Vec::new(); reals.len()],
            rows: 0,
        })
    }

    fn row(&mut self, lists: &[&[u32]], integers: &[u32], reals: &[f64]) -> io::Result<()> {
        for (column, items) in self.lists.iter_mut().zip(lists) {
            for (at, &item) in items.iter().enumerate() {
                column.names.push(self.items.name(item).into_owned().into_bytes().into());
                column.repetitions.push(i16::from(at > 0));
            }
        }
        for (column, &value) in self.integers.iter_mut().zip(integers) {
            column.push(value.into());
        }
        for (column, &value) in self.reals.iter_mut().zip(reals) {
            column.push(value);
        }
        self.rows += 1;
        if self.rows >= ROWS { self.write().map_err(other) } else { Ok(()) }
    }

    /// Writes the row group and begins another.
    fn write(&mut self) -> Result<(), ParquetError> {
        let Some(writer) = self.writer.as_mut().filter(|_| self.rows > 0) else { return Ok(()) };
        let mut group = writer.next_row_group()?;
        for column in &mut self.lists {
            if let Some(mut file) = group.next_column()? {
                let definitions = vec![1; column.names.len()];
                let names = std::mem::take(&mut column.names);
                let repetitions = std::mem::take(&mut column.repetitions);
                file.typed::<ByteArrayType>().write_batch(&names, Some(&definitions), Some(&repetitions))?;
                file.close()?;
            }
        }
        for column in &mut self.integers {
            if let Some(mut file) = group.next_column()? {
                file.typed::<Int64Type>().write_batch(&std::mem::take(column), None, None)?;
                file.close()?;
            }
        }
        for column in &mut self.reals {
            if let Some(mut file) = group.next_column()? {
                file.typed::<DoubleType>().write_batch(&std::mem::take(column), None, None)?;
                file.close()?;
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

impl Records for Parquet<'_> {
    fn itemset(&mut self, items: &[u32], support: u32) -> io::Result<()> {
        self.row(&[items], &[support], &[f64::from(support) / self.baskets as f64])
    }

    fn rule(&mut self, rule: &Rule<'_>) -> io::Result<()> {
        let counts = rule.counts;
        self.row(
            &[rule.antecedent, rule.consequent],
            &[counts.together, counts.antecedent, counts.consequent],
            &[counts.confidence(), counts.lift(), counts.leverage(), counts.conviction()],
        )
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write().map_err(other)?;
        match self.writer.take() {
            Some(writer) => writer.close().map(|_| ()).map_err(other),
            None => Ok(()),
        }
    }
}

/// A list of strings, in the three levels that the format prescribes.
fn list(name: &str) -> Result<TypePtr, ParquetError> {
    let element = Type::primitive_type_builder("element", Physical::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_converted_type(ConvertedType::UTF8)
        .with_logical_type(Some(LogicalType::String))
        .build()?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_converted_type(ConvertedType::LIST)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()?;
    Ok(Arc::new(list))
}

fn number(name: &str, kind: Physical) -> Result<TypePtr, ParquetError> {
    Ok(Arc::new(Type::primitive_type_builder(name, kind).with_repetition(Repetition::REQUIRED).build()?))
}

fn other(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
