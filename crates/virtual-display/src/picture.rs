//! What a display shows.

use std::fs;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context as _, ensure};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use crate::Display;

/// A picture: red, green, blue, a byte each.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

impl Display {
    /// What it shows now.
    ///
    /// # Errors
    /// The display is gone.
    pub fn picture(&self) -> anyhow::Result<Picture> {
        let (width, height) = self.size();
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0)?
            .reply()?;
        let pixels = usize::from(width) * usize::from(height);
        ensure!(
            image.data.len() == pixels * 4,
            "a pixel of depth 24 has four bytes here"
        );
        // Little-endian: blue, green, red, nothing.
        let bytes = image.data.chunks_exact(4);
        let bytes = bytes.flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]);
        Ok(Picture {
            width: width.into(),
            height: height.into(),
            bytes: bytes.collect(),
        })
    }
}

impl Picture {
    /// How many colours it has, up to `most`.
    #[must_use]
    pub fn colours(&self, most: usize) -> usize {
        let mut seen = std::collections::BTreeSet::new();
        for pixel in self.bytes.chunks_exact(3) {
            if seen.insert(pixel) && seen.len() >= most {
                break;
            }
        }
        seen.len()
    }

    /// The sum of red, green and blue over all pixels, for 255 white ones of 100: how bright it is, in percent.
    #[must_use]
    pub fn brightness_percent(&self) -> u64 {
        let sum: u64 = self.bytes.iter().map(|byte| u64::from(*byte)).sum();
        let most = self.bytes.len() as u64 * 255;
        sum * 100 / most.max(1)
    }

    /// Writes it as PNG; folders are made.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let out = fs::File::create(file);
        let out = out.with_context(|| format!("cannot write {}", file.display()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(out), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.bytes)?;
        Ok(writer.finish()?)
    }
}
