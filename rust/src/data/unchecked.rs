//! A Parquet file whose texts are not looked at while it is read, so that one that is not UTF-8 costs its row and not the
//! file. Whoever reads rows checks the texts ([`ArrowCell`]); columns that are copied through are checked here.

use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{ConvertedType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, ParquetMetaData};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::batch::{Rows, Table};
use crate::error::{RowError, RowErrorKind};
use crate::row::{ArrowCell, Kind, List, Named, Row, Value};

/// The metadata of `file`, in which no column says that its bytes are text. The arrays have the types that they would
/// have had.
pub(super) fn unchecked_metadata(file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
    let checked = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    let metadata = checked.metadata();
    let whole = metadata.file_metadata();
    let schema = SchemaDescriptor::new(Arc::new(without_texts(whole.schema())?));
    let whole = FileMetaData::new(
        whole.version(),
        whole.num_rows(),
        whole.created_by().map(str::to_owned),
        whole.key_value_metadata().cloned(),
        Arc::new(schema),
        whole.column_orders().cloned(),
    );
    let metadata = Arc::new(ParquetMetaData::new(whole, metadata.row_groups().to_vec()));
    ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new().with_schema(Arc::clone(checked.schema())))
}

/// The same type, with bytes in place of texts.
fn without_texts(of: &Type) -> Result<Type, ParquetError> {
    let info = of.get_basic_info();
    let id = info.has_id().then(|| info.id());
    if of.is_group() {
        let fields: Vec<TypePtr> =
            of.get_fields().iter().map(|field| without_texts(field).map(Arc::new)).collect::<Result<_, _>>()?;
        let group = Type::group_type_builder(info.name())
            .with_fields(fields)
            .with_converted_type(info.converted_type())
            .with_logical_type(info.logical_type_ref().cloned())
            .with_id(id);
        return if info.has_repetition() { group.with_repetition(info.repetition()) } else { group }.build();
    }
    if info.converted_type() != ConvertedType::UTF8 {
        return Ok(of.clone());
    }
    let bytes = Type::primitive_type_builder(info.name(), Physical::BYTE_ARRAY).with_id(id);
    if info.has_repetition() { bytes.with_repetition(info.repetition()) } else { bytes }.build()
}

/// The rows of a table, each refused where a column that is copied through holds text that is none.
pub(super) struct KeptTexts<'k> {
    rows: Table,
    columns: Vec<(&'k str, &'k ArrayRef)>,
}

impl<'k> KeptTexts<'k> {
    /// `rows`, which are those of `batch`, whose columns with these names are copied through.
    pub fn new(rows: Table, batch: &'k RecordBatch, names: &'k [String]) -> Self {
        let named = names.iter().filter_map(|name| Some((name.as_str(), batch.column_by_name(name)?)));
        Self { rows, columns: named.collect() }
    }

    fn check(&self, index: usize) -> Result<(), RowError> {
        let check = |(name, column): &(&str, &ArrayRef)| {
            check_cell(&ArrowCell::new(column.as_ref(), index)).map_err(|error| error.at_field((*name).to_owned()))
        };
        self.columns.iter().try_for_each(check)
    }
}

impl Rows for KeptTexts<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn with_row(
        &self,
        index: usize,
        use_row: &mut dyn FnMut(&Row<'_>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.check(index)?;
        self.rows.with_row(index, use_row)
    }

    fn with_json(&self, index: usize, use_row: &mut dyn FnMut(&str) -> Result<(), RowError>) -> Result<(), RowError> {
        self.check(index)?;
        self.rows.with_json(index, use_row)
    }

    fn bytes(&self, rows: Range<usize>) -> usize {
        self.rows.bytes(rows)
    }
}

fn check_cell(cell: &ArrowCell<'_>) -> Result<(), RowError> {
    match cell.kind() {
        Kind::BadText(reason) => Err(RowError::new(RowErrorKind::InvalidText, reason)),
        Kind::List(items) => (0..items.len()).try_for_each(|index| check_cell(&items.at(index))),
        Kind::Map(fields) => {
            fields.names().iter().filter_map(|name| fields.named(name)).try_for_each(|cell| check_cell(&cell))
        }
        _ => Ok(()),
    }
}
