//! The tokenizer.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use swiftcore::engine::EngineChoice;
use swiftcore::error::Error;
use swiftcore::tokenizer::{self as core, Source, SpecialTokens};
use swiftcore_py_macros::guarded;

use crate::errors::{detached, raise};
use crate::strings::Strings;

/// Return why the cache folder is used neither for reading nor for writing, or None if it is used.
#[guarded]
#[pyfunction]
pub fn cache_problem() -> Option<String> {
    swiftcore::cache::usable_dir().err()
}

/// A tokenizer, immutable and shared between threads, and the strings of its tokens.
#[pyclass(frozen, module = "swiftcore._native")]
pub struct Tokenizer(pub Arc<core::Tokenizer>, pub Arc<Strings>);

impl From<core::Tokenizer> for Tokenizer {
    fn from(tokenizer: core::Tokenizer) -> Self {
        Self(Arc::new(tokenizer), Arc::default())
    }
}

fn special_tokens(py: Python<'_>, named: HashMap<String, String>) -> PyResult<SpecialTokens> {
    let mut tokens = SpecialTokens::default();
    for (name, token) in named {
        let slot = match name.as_str() {
            "bos_token" => &mut tokens.bos_token,
            "eos_token" => &mut tokens.eos_token,
            "pad_token" => &mut tokens.pad_token,
            "unk_token" => &mut tokens.unk_token,
            "sep_token" => &mut tokens.sep_token,
            "cls_token" => &mut tokens.cls_token,
            "mask_token" => &mut tokens.mask_token,
            "image_token" | "video_token" | "audio_token" => {
                tokens.placeholders.push(token);
                continue;
            }
            _ => {
                let error = Error::argument("special_tokens", format!("'{name}' names no special token"));
                return Err(raise(py, &error));
            }
        };
        *slot = Some(token);
    }
    Ok(tokens)
}

#[guarded]
#[pymethods]
impl Tokenizer {
    #[staticmethod]
    #[pyo3(signature = (path, special_tokens, engine))]
    fn from_file(
        py: Python<'_>,
        path: PathBuf,
        special_tokens: HashMap<String, String>,
        engine: &str,
    ) -> PyResult<Self> {
        let tokens = self::special_tokens(py, special_tokens)?;
        let choice = EngineChoice::from_name(engine).map_err(|error| raise(py, &error))?;
        detached(py, || core::Tokenizer::from_file(&path, tokens, choice)).map(Self::from)
    }

    #[staticmethod]
    #[pyo3(signature = (json, special_tokens, engine))]
    fn from_json(py: Python<'_>, json: &str, special_tokens: HashMap<String, String>, engine: &str) -> PyResult<Self> {
        let tokens = self::special_tokens(py, special_tokens)?;
        let choice = EngineChoice::from_name(engine).map_err(|error| raise(py, &error))?;
        detached(py, || core::Tokenizer::from_json(json.as_bytes(), tokens, choice)).map(Self::from)
    }

    #[pyo3(signature = (text, add_special_tokens=false))]
    fn encode(&self, py: Python<'_>, text: &str, add_special_tokens: bool) -> PyResult<Vec<u32>> {
        detached(py, || {
            if add_special_tokens {
                return self.0.encode_with_special_tokens(text);
            }
            let mut ids = Vec::new();
            self.0.encode_into(text, &mut ids)?;
            Ok(ids)
        })
    }

    #[pyo3(signature = (ids, skip_special_tokens=false))]
    fn decode(&self, py: Python<'_>, ids: Vec<u32>, skip_special_tokens: bool) -> PyResult<String> {
        detached(py, || self.0.decode(&ids, skip_special_tokens))
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.0.token_to_id(token)
    }

    fn id_to_token(&self, py: Python<'_>, id: u32) -> PyResult<Option<String>> {
        detached(py, || Ok(self.0.reference()?.id_to_token(id)))
    }

    fn attribute_id(&self, name: &str) -> Option<u32> {
        self.0.attribute_id(name)
    }

    fn attribute_token(&self, name: &str) -> Option<String> {
        self.0.attribute_token(name)
    }

    fn vocab_size(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || Ok(self.0.reference()?.vocab_size()))
    }

    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let json = detached(py, || self.0.json())?;
        Ok(PyBytes::new(py, &json))
    }

    #[getter]
    fn path(&self) -> Option<PathBuf> {
        match self.0.source() {
            Source::File(path) => Some(path.clone()),
            Source::Memory(_) => None,
        }
    }

    #[getter]
    fn hash(&self) -> &str {
        self.0.hash()
    }

    #[getter]
    fn engine(&self) -> &'static str {
        self.0.engine_name()
    }

    #[getter]
    fn warning(&self) -> Option<&str> {
        self.0.warning()
    }
}
