//! `import FILE`: uploads a file chunk by chunk, checks it or has it taken in, and keeps the
//! acknowledgement. Stopped at any moment, the same command goes on where it was.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use wattkey_pki::Digest;
use wattkey_protocol::file::{
    Acknowledgement, FileError, Import, ImportHeader, ImportState, MAX_HEADER, NewImport,
    ReceivedChunk,
};

use super::{beside, connect, read_text};
use crate::args::ImportFile;
use crate::desk::{Desk, replace_file};
use crate::exit::{Failure, Kind};
use crate::output::{Output, note};
use crate::platform::Platform;

/// Time between two looks at the work.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Lines of progress that a task prints at most.
const STEPS: u64 = 20;

pub(crate) fn run(desk: &Desk, arguments: &ImportFile, output: &Output) -> Result<(), Failure> {
    let path = &arguments.file;
    let request = announced(arguments)?;
    let mut platform = connect(desk, &arguments.manager, output)?;
    if arguments.discard {
        platform.discard(&request)?;
    }
    let mut file = platform.announce(&request)?;
    if file.state != ImportState::Taken {
        if let Some(upload) = file.upload {
            send(&mut platform, path, &file, upload, output)?;
        }
        let task = if arguments.dry_run { "check" } else { "commit" };
        file = work(&mut platform, &file, task, output)?;
    }
    match file.state {
        ImportState::Taken => taken(&mut platform, arguments, &file, output),
        ImportState::Checked => {
            let report = file.report.unwrap_or_default();
            let line = output.language.file_checked(
                &path.display().to_string(),
                &file.records.to_string(),
                &report.added.to_string(),
                &report.posted.to_string(),
            );
            output.done(&line, &json!(file));
            Ok(())
        }
        _ => Err(refused(path, &file, output)),
    }
}

/// What the file will be: its first line, its signature, its length.
fn announced(arguments: &ImportFile) -> Result<NewImport, Failure> {
    let path = &arguments.file;
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let mut first = Vec::new();
    BufReader::new(file)
        .take(MAX_HEADER as u64 + 1)
        .read_until(b'\n', &mut first)
        .map_err(failed)?;
    let first = first.strip_suffix(b"\n").unwrap_or(&first);
    let wrong = |error: &dyn std::error::Error| {
        let why = crate::exit::one_line(error);
        Failure::because(Kind::FileRefused, format!("{}:1: {why}", path.display()))
    };
    ImportHeader::parse(first).map_err(|error| wrong(&error))?;
    let header = String::from_utf8(first.to_vec()).map_err(|error| wrong(&error))?;
    let signature = arguments.signature.clone();
    let signature = signature.unwrap_or_else(|| beside(path, ".jws"));
    Ok(NewImport {
        header,
        signature: read_text(&signature)?.trim_end().to_owned(),
        bytes,
    })
}

fn send(
    platform: &mut Platform,
    path: &Path,
    file: &Import,
    mut upload: ReceivedChunk,
    output: &Output,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut source = File::open(path).map_err(failed)?;
    while upload.next < upload.chunks {
        let start = upload.next * upload.chunk;
        let length = upload.chunk.min(upload.bytes.saturating_sub(start));
        source.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut bytes = Vec::new();
        (&mut source)
            .take(length)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        let before = upload.next;
        upload = platform.put_chunk(file, upload.next, bytes)?;
        if upload.next <= before {
            let why = "the platform does not go on with the upload";
            return Err(Failure::because(Kind::Fault, why));
        }
        let (next, chunks) = (upload.next.to_string(), upload.chunks.to_string());
        note(&output.language.file_sent(&next, &chunks));
    }
    Ok(())
}

/// Begins the work and waits for its end, with a line now and then.
fn work(
    platform: &mut Platform,
    file: &Import,
    task: &str,
    output: &Output,
) -> Result<Import, Failure> {
    let mut view = platform.begin(file, task)?;
    let mut told = 0;
    while matches!(view.state, ImportState::Checking | ImportState::Committing) {
        if let Some(progress) = view.progress {
            let step = progress.done * STEPS / progress.of.max(1);
            if step > told {
                told = step;
                let (done, of) = (progress.done.to_string(), progress.of.to_string());
                note(&output.language.file_progress(&done, &of));
            }
        }
        std::thread::sleep(LOOK_EVERY);
        view = platform.import(file)?;
    }
    Ok(view)
}

fn taken(
    platform: &mut Platform,
    arguments: &ImportFile,
    file: &Import,
    output: &Output,
) -> Result<(), Failure> {
    let jws = platform.acknowledgement(file)?;
    let said = Acknowledgement::read_unverified(&jws)
        .map_err(|error| Failure::new(Kind::Fault, &error))?;
    let is_of_it = said.source == file.source.as_str()
        && said.number == file.number
        && said.digest == file.digest;
    if !is_of_it {
        let why = "the platform acknowledges another file";
        return Err(Failure::because(Kind::Fault, why));
    }
    let to = arguments.acknowledgement.clone();
    let to = to.unwrap_or_else(|| beside(&arguments.file, ".ack.jws"));
    replace_file(&to, jws.as_bytes())?;
    let line = output.language.file_taken(
        file.source.as_str(),
        &file.number.to_string(),
        &file.records.to_string(),
        &to.display().to_string(),
    );
    let document = json!({"import": file, "acknowledgement": said, "saved": to});
    output.done(&line, &document);
    Ok(())
}

fn refused(path: &Path, file: &Import, output: &Output) -> Failure {
    let lines: Vec<_> = file.errors.iter().map(|error| line(path, error)).collect();
    output.if_json(&json!(file));
    Failure::because(Kind::FileRefused, lines.join("\n"))
}

fn line(path: &Path, error: &FileError) -> String {
    let field = error.field.as_deref();
    let field = field.map_or_else(String::new, |field| format!("{field}: "));
    match error.line {
        0 => format!("{}: {field}{}", path.display(), error.problem),
        line => format!("{}:{line}: {field}{}", path.display(), error.problem),
    }
}

/// The digest of a file's bytes, however long it is.
pub(super) fn digest(path: &Path) -> Result<Digest, Failure> {
    const BUFFER: usize = 1024 * 1024;
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut hash = wattkey_pki::DigestBuilder::new();
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(hash.finish());
        }
        hash.update(&buffer[..read]);
    }
}
