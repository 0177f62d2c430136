//! The texts of Arrow arrays. Whoever made an array may not have looked at its bytes: pyarrow reads a Parquet column of
//! texts without checking that they are UTF-8. So the bytes are checked here, where each text is read.

use arrow_array::cast::AsArray;
use arrow_array::{Array, GenericStringArray, OffsetSizeTrait, StringViewArray};
use arrow_schema::DataType;

/// The longest text that a view holds itself.
const INLINE: usize = 12;

/// A view: its length, and then the text, or its first bytes, the number of its buffer and its place there.
const VIEW: usize = size_of::<u128>();

/// The text at `index` of an array of texts.
///
/// # Errors
///
/// Why it is not text, to be put behind the name of a field.
pub(super) fn text_at(array: &dyn Array, index: usize) -> Result<&str, String> {
    let bytes = match array.data_type() {
        DataType::Utf8 => bytes_at(array.as_string::<i32>(), index),
        DataType::LargeUtf8 => bytes_at(array.as_string::<i64>(), index),
        _ => array.as_string_view_opt().and_then(|views| view_at(views, index)),
    };
    checked(bytes.ok_or("is outside of the memory of its column; write the table again")?)
}

/// `bytes` as text.
///
/// # Errors
///
/// Why they are not text, to be put behind the name of a field.
#[inline]
pub(super) fn checked(bytes: &[u8]) -> Result<&str, String> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| not_utf8(bytes))
}

#[cold]
fn not_utf8(bytes: &[u8]) -> String {
    let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    format!("is not valid UTF-8 at byte {at}; give text in UTF-8")
}

/// The bytes of the text at `index`.
#[inline]
pub(super) fn bytes_at<O: OffsetSizeTrait>(array: &GenericStringArray<O>, index: usize) -> Option<&[u8]> {
    let offsets = array.value_offsets();
    array.value_data().get(offsets[index].as_usize()..offsets[index + 1].as_usize())
}

/// The bytes of the text at `index`.
#[inline]
pub(super) fn view_at(array: &StringViewArray, index: usize) -> Option<&[u8]> {
    let view = array.views().inner().as_slice().get(index * VIEW..(index + 1) * VIEW)?;
    let word = |at: usize| Some(u32::from_ne_bytes(view.get(at..at + 4)?.try_into().ok()?) as usize);
    let length = word(0)?;
    if length <= INLINE {
        return view.get(4..4 + length);
    }
    let start = word(12)?;
    array.data_buffers().get(word(8)?)?.as_slice().get(start..start.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BinaryArray, make_array};
    use arrow_cast::cast;

    use super::*;

    /// Texts that may be none, of a type.
    fn texts(values: &[&[u8]], of: &DataType) -> ArrayRef {
        let binary = match of {
            DataType::Utf8 => DataType::Binary,
            DataType::LargeUtf8 => DataType::LargeBinary,
            _ => DataType::BinaryView,
        };
        let array = cast(&BinaryArray::from(values.to_vec()), &binary).unwrap();
        let data = array.to_data().into_builder().data_type(of.clone());
        // SAFETY: the layout is the same, and the texts are read with `text_at` alone.
        make_array(unsafe { data.build_unchecked() })
    }

    #[test]
    fn texts_are_checked_in_each_type() {
        let values: [&[u8]; 5] =
            [b"", b"caf\xc3\xa9", b"caf\xe9", b"a text of more than twelve bytes", b"a long text, then \xff"];
        for of in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let whole = texts(&values, &of);
            for array in [Arc::clone(&whole), whole.slice(1, 4)] {
                let skipped = values.len() - array.len();
                for (index, value) in values.iter().skip(skipped).enumerate() {
                    let expected = std::str::from_utf8(value).map_err(|error| {
                        format!("is not valid UTF-8 at byte {}; give text in UTF-8", error.valid_up_to())
                    });
                    assert_eq!(text_at(array.as_ref(), index), expected, "{of} {index}");
                }
            }
        }
    }
}
