//! Arrow arrays of any nesting, with nulls, slices and texts that are not UTF-8: nothing panics, and no row is refused
//! for a defect.
#![no_main]

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Int64Array, LargeListArray, ListArray, NullArray, StringViewArray,
    StructArray, make_array, new_null_array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, OffsetBufferBuilder};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, Fields};
use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use swiftcore::batch::Table;
use swiftcore::shape::ShapeChoice;
use swiftcore_fuzz::encode_all;

const NAMES: [&str; 20] = [
    "messages", "role", "content", "system", "tools", "tool_calls", "function", "name", "arguments", "query", "response",
    "history", "chosen", "rejected", "from", "value", "conversations", "type", "text", "loss",
];

const TEXTS: [&str; 8] = ["user", "assistant", "system", "tool", "{\"a\": 1}", "text", "[]", ""];

fn nulls(u: &mut Unstructured<'_>, length: usize) -> Result<Option<NullBuffer>> {
    if u.ratio(1, 3)? { Ok(Some((0..length).map(|_| u.ratio(3, 4)).collect::<Result<Vec<bool>>>()?.into())) } else { Ok(None) }
}

/// Texts, some of which are not UTF-8: a file can declare any bytes as text.
fn texts(u: &mut Unstructured<'_>, length: usize) -> Result<ArrayRef> {
    let mut bytes = Vec::new();
    let mut offsets = vec![0i32];
    for _ in 0..length {
        if u.ratio(1, 3)? {
            bytes.extend_from_slice(u.arbitrary::<&[u8]>()?);
        } else {
            bytes.extend_from_slice(u.choose(&TEXTS)?.as_bytes());
        }
        offsets.push(bytes.len() as i32);
    }
    if u.ratio(1, 4)?
        && let Ok(text) = std::str::from_utf8(&bytes)
    {
        return Ok(Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(text, length))));
    }
    let (kind, offsets) = if u.arbitrary()? {
        (DataType::Utf8, Buffer::from_vec(offsets))
    } else {
        (DataType::LargeUtf8, Buffer::from_vec(offsets.into_iter().map(i64::from).collect::<Vec<_>>()))
    };
    let data = ArrayData::builder(kind).len(length).nulls(nulls(u, length)?).buffers(vec![offsets, Buffer::from_vec(bytes)]);
    // SAFETY: offsets rise and are within the bytes. That these may not be UTF-8 is what readers have to find out.
    Ok(make_array(unsafe { data.build_unchecked() }))
}

fn offsets<O: arrow_array::OffsetSizeTrait>(u: &mut Unstructured<'_>, length: usize) -> Result<OffsetBuffer<O>> {
    let mut builder = OffsetBufferBuilder::new(length);
    for _ in 0..length {
        builder.push_length(u.int_in_range(0..=2)?);
    }
    Ok(builder.finish())
}

fn array(u: &mut Unstructured<'_>, length: usize, depth: usize) -> Result<ArrayRef> {
    // More than is asked for, so that arrays are slices.
    let more = length + u.int_in_range(0..=2)?;
    let choice = if depth == 0 { u.int_in_range(0..=4)? } else { u.int_in_range(0..=9)? };
    let whole: ArrayRef = match choice {
        0 | 1 => texts(u, more)?,
        2 => Arc::new(Int64Array::from_iter_values((0..more).map(|at| at as i64))),
        3 => Arc::new(BooleanArray::from((0..more).map(|_| u.arbitrary()).collect::<Result<Vec<bool>>>()?)),
        4 if u.arbitrary()? => Arc::new(NullArray::new(more)),
        4 => new_null_array(&DataType::Utf8, more),
        5 | 6 => {
            let offsets = offsets::<i32>(u, more)?;
            let items = array(u, *offsets.last().unwrap() as usize, depth - 1)?;
            let field = Arc::new(Field::new("item", items.data_type().clone(), true));
            Arc::new(ListArray::new(field, offsets, items, nulls(u, more)?))
        }
        7 => {
            let offsets = offsets::<i64>(u, more)?;
            let items = array(u, *offsets.last().unwrap() as usize, depth - 1)?;
            let field = Arc::new(Field::new("item", items.data_type().clone(), true));
            Arc::new(LargeListArray::new(field, offsets, items, nulls(u, more)?))
        }
        8 => {
            let size = u.int_in_range(1..=2)?;
            let items = array(u, more * size, depth - 1)?;
            let field = Arc::new(Field::new("item", items.data_type().clone(), true));
            Arc::new(FixedSizeListArray::new(field, size as i32, items, nulls(u, more)?))
        }
        _ => Arc::new(structs(u, more, depth - 1)?),
    };
    Ok(whole.slice(more - length, length))
}

fn structs(u: &mut Unstructured<'_>, length: usize, depth: usize) -> Result<StructArray> {
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for _ in 0..u.int_in_range(1..=3)? {
        let name = *u.choose(&NAMES)?;
        let column = array(u, length, depth)?;
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    Ok(StructArray::new(Fields::from(fields), columns, nulls(u, length)?))
}

#[derive(Debug)]
struct Chunk(ArrayRef);

impl<'a> Arbitrary<'a> for Chunk {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let length = u.int_in_range(0..=3)?;
        Ok(Self(Arc::new(structs(u, length, 4)?)))
    }
}

fuzz_target!(|chunk: Chunk| {
    for table in [Table::new([chunk.0.clone()], &ShapeChoice::default()), Table::of_messages([chunk.0.clone()])] {
        // What is wrong with a whole table is an error.
        if let Ok(table) = table {
            encode_all(&table);
        }
    }
});
