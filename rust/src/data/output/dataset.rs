//! A folder that `datasets.load_from_disk` opens: Arrow streams, and two small files that say
//! what they are.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde_json::{Value, json};

use super::{Pending, Sink};
use crate::error::Error;

/// A file is closed at this many bytes, as `datasets` does.
const SHARD_BYTES: usize = 500_000_000;

pub(super) struct DatasetSink {
    schema: SchemaRef,
    pending: Pending,
    shard: Option<(StreamWriter<BufWriter<File>>, usize)>,
    shards: usize,
    /// What the fingerprint is made of.
    hash: blake3::Hasher,
}

impl DatasetSink {
    pub fn begin(pending: Pending, schema: SchemaRef) -> Self {
        Self { schema, pending, shard: None, shards: 0, hash: blake3::Hasher::new() }
    }

    fn close_shard(&mut self) -> Result<(), Error> {
        let Some((writer, _)) = self.shard.take() else { return Ok(()) };
        let mut file = writer.into_inner().map_err(|error| self.pending.failed(error))?;
        file.flush().map_err(|error| self.pending.failed(error))
    }

    fn open_shard(&mut self) -> Result<(StreamWriter<BufWriter<File>>, usize), Error> {
        let path = self.pending.path().join(shard_name(self.shards));
        let file = File::create_new(path).map_err(|error| self.pending.failed(error))?;
        self.shards += 1;
        let writer = StreamWriter::try_new(BufWriter::new(file), &self.schema);
        Ok((writer.map_err(|error| self.pending.failed(error))?, 0))
    }

    /// Gives the files the names that tell how many there are.
    fn name_shards(&self) -> std::io::Result<Vec<String>> {
        let folder = self.pending.path();
        let name = |index| -> std::io::Result<String> {
            let name = format!("data-{index:05}-of-{:05}.arrow", self.shards);
            fs::rename(folder.join(shard_name(index)), folder.join(&name))?;
            Ok(name)
        };
        (0..self.shards).map(name).collect()
    }

    fn describe(&self, shards: &[String]) -> std::io::Result<()> {
        let info = json!({
            "citation": "", "description": "", "features": features(&self.schema), "homepage": "", "license": ""
        });
        let files: Vec<Value> = shards.iter().map(|name| json!({ "filename": name })).collect();
        let state = json!({
            "_data_files": files,
            "_fingerprint": &self.hash.finalize().to_hex()[..16],
            "_format_columns": null, "_format_kwargs": {}, "_format_type": null, "_output_all_columns": false,
            "_split": null
        });
        fs::write(self.pending.path().join("dataset_info.json"), format!("{info:#}"))?;
        fs::write(self.pending.path().join("state.json"), format!("{state:#}"))
    }
}

/// The name of a file while nobody knows how many there will be.
fn shard_name(index: usize) -> String {
    format!("data-{index:05}.arrow")
}

impl Sink for DatasetSink {
    fn write(&mut self, table: &RecordBatch) -> Result<(), Error> {
        let (mut writer, bytes) = match self.shard.take() {
            Some(shard) => shard,
            None => self.open_shard()?,
        };
        writer.write(table).map_err(|error| self.pending.failed(error))?;
        for column in table.columns() {
            for buffer in column.to_data().buffers() {
                self.hash.update(buffer.as_slice());
            }
        }
        let bytes = bytes + table.get_array_memory_size();
        self.shard = Some((writer, bytes));
        if bytes >= SHARD_BYTES { self.close_shard() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<Pending, Error> {
        // A folder without rows has one file, which says what its columns would be.
        if self.shards == 0 {
            self.shard = Some(self.open_shard()?);
        }
        self.close_shard()?;
        let named = self.name_shards().and_then(|shards| self.describe(&shards));
        named.map_err(|error| self.pending.failed(error))?;
        Ok(self.pending)
    }
}

/// The columns as `datasets` describes them; null, which lets it look for itself, where one of
/// them has a type without a name there.
fn features(schema: &Schema) -> Value {
    let features: Option<serde_json::Map<_, _>> =
        schema.fields().iter().map(|field| Some((field.name().clone(), feature(field)?))).collect();
    features.map_or(Value::Null, Value::Object)
}

fn feature(field: &Field) -> Option<Value> {
    let dtype = match field.data_type() {
        // A plain list reads the same in every version, where the name of its class does not.
        DataType::List(item) => return Some(json!([feature(item)?])),
        DataType::Struct(fields) => {
            let fields: Option<serde_json::Map<_, _>> =
                fields.iter().map(|field| Some((field.name().clone(), feature(field)?))).collect();
            return fields.map(Value::Object);
        }
        DataType::Null => "null",
        DataType::Boolean => "bool",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float16 => "float16",
        DataType::Float32 => "float32",
        DataType::Float64 => "float64",
        DataType::Utf8 => "string",
        DataType::LargeUtf8 => "large_string",
        DataType::Binary => "binary",
        DataType::LargeBinary => "large_binary",
        DataType::Date32 => "date32",
        DataType::Date64 => "date64",
        DataType::Timestamp(TimeUnit::Second, None) => "timestamp[s]",
        DataType::Timestamp(TimeUnit::Millisecond, None) => "timestamp[ms]",
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp[us]",
        DataType::Timestamp(TimeUnit::Nanosecond, None) => "timestamp[ns]",
        _ => return None,
    };
    Some(json!({ "dtype": dtype, "_type": "Value" }))
}
