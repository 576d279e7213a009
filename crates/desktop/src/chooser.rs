//! The system's file chooser.
//!
//! On Linux it is the desktop's: the portal `org.freedesktop.portal.FileChooser` (XDG Desktop Portal,
//! versions 1 to 5), asked over the session bus. A system without one is no fault: whoever asks is told
//! so, and paths are written as before.

use std::path::PathBuf;

#[cfg(target_os = "linux")]
mod portal;

/// What is to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The folder that is shown first.
    pub folder: PathBuf,
    /// The name that is offered for a new file; none asks for a file that is there.
    pub save_as: Option<String>,
    /// Endings of names without the point; none is any file.
    pub endings: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// This file. Of a new one that is there already the chooser has asked whether it is replaced.
    File(PathBuf),
    /// Nothing: the user closed it.
    Nothing,
    /// The system has no file chooser, or it does not answer.
    NoChooser,
}

/// Shows the system's file chooser and waits for the user; dropped, it closes it.
pub async fn choose(asked: &Asked) -> Chosen {
    #[cfg(target_os = "linux")]
    {
        portal::choose(asked).await
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = asked;
        Chosen::NoChooser
    }
}
