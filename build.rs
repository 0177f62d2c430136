//! Derives the version of cached files from the code that writes them: a hash of all sources and of the locked
//! dependencies. Any change gives a new version, and files of other versions are rebuilt.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo:rustc-env=SWIFTCORE_CACHE_VERSION={}", version(&root)?);
    Ok(())
}

/// The version of the sources of the crate in `root`.
pub fn version(root: &Path) -> io::Result<String> {
    let mut files = vec![root.join("Cargo.toml"), root.join("build.rs")];
    // Absent where the crate is a dependency of others; then its sources and its manifest must do.
    files.extend(Some(root.join("Cargo.lock")).filter(|lock| lock.exists()));
    sources(&root.join("rust").join("src"), &mut files)?;
    files.sort();
    let mut hash = Fnv::default();
    for file in &files {
        println!("cargo:rerun-if-changed={}", file.display());
        let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        hash.write(name.as_bytes());
        hash.write(&fs::read(file)?);
    }
    Ok(format!("{:032x}", hash.0))
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|suffix| suffix == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// FNV-1a with 128 bits. The hashers of the standard library may change between compiler versions.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }
}
