//! The Python binding: converts and delegates, nothing else. Its files mirror the core's.

mod agent;
mod batch;
mod buffer;
mod decode;
mod dicts;
mod encoder;
mod errors;
mod foreign;
mod ids;
mod import;
mod ints;
mod job;
mod json;
mod memory;
mod names;
mod pickle;
mod python_agent;
mod row;
mod rules;
mod scale;
mod segment;
mod signals;
mod spec;
mod strings;
mod tokenizer;
mod warnings;
mod watch;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::agent::{Agent, agent_formats};
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::buffer::Buffer;
    #[pymodule_export]
    use crate::decode::{DecodeBatch, DecodeStream, Decoder, Stop, template_stops};
    #[pymodule_export]
    use crate::encoder::Encoder;
    #[pymodule_export]
    use crate::job::{EncodeJob, Summary};
    #[pymodule_export]
    use crate::memory::give_back_large_blocks;
    #[pymodule_export]
    use crate::scale::LossScaleTable;
    #[pymodule_export]
    use crate::segment::Segment;
    #[pymodule_export]
    use crate::spec::{Options, TemplateSpec};
    #[pymodule_export]
    use crate::tokenizer::{Tokenizer, cache_problem};
    #[pymodule_export]
    use crate::warnings::known_keys;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::errors::guard(|| {
            crate::names::prepare(module.py());
            module.add("__version__", env!("CARGO_PKG_VERSION"))
        })
    }
}
