//! Requests for files (PROTOCOL.md section 16).

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wattkey_protocol::file::{
    Export, Exports, Import, ImportHeader, MEDIA_CHUNK, NewExport, NewImport, ReceivedChunk,
};
use wattkey_protocol::names::MEDIA_JOSE;

use super::{Platform, problem, send_failure};
use crate::exit::{Failure, Kind};

const IMPORTS: &str = "/v1/imports";
const EXPORTS: &str = "/v1/exports";
const MEDIA_JSON: &str = "application/json";
/// Largest file of the platform that is read, in bytes.
const MAX_EXPORT: usize = 64 * 1024 * 1024;
/// Largest answer besides, in bytes.
pub(super) const MAX_ANSWER: usize = 1024 * 1024;

/// What is asked for.
pub(super) struct Ask<'a> {
    method: &'static str,
    path: String,
    media: &'a str,
    body: Bytes,
}

impl Ask<'_> {
    pub(super) fn get(path: String) -> Self {
        Self {
            method: "GET",
            path,
            media: "",
            body: Bytes::new(),
        }
    }

    pub(super) fn delete(path: String) -> Self {
        Self {
            method: "DELETE",
            ..Self::get(path)
        }
    }

    fn post(path: String) -> Self {
        Self {
            method: "POST",
            ..Self::get(path)
        }
    }

    pub(super) fn json(path: &str, document: &impl Serialize) -> Result<Self, Failure> {
        let body =
            serde_json::to_vec(document).map_err(|error| Failure::new(Kind::Fault, &error))?;
        Ok(Self {
            media: MEDIA_JSON,
            body: body.into(),
            ..Self::post(path.to_owned())
        })
    }
}

impl Platform {
    /// Announces a file: where it stands.
    pub(crate) fn announce(&mut self, file: &NewImport) -> Result<Import, Failure> {
        self.document(Ask::json(IMPORTS, file)?)
    }

    /// Hands over a chunk: where the upload goes on.
    pub(crate) fn put_chunk(
        &mut self,
        file: &Import,
        chunk: u64,
        bytes: Vec<u8>,
    ) -> Result<ReceivedChunk, Failure> {
        self.document(Ask {
            method: "PUT",
            path: format!("{}/chunks/{chunk}", path(file)),
            media: MEDIA_CHUNK,
            body: bytes.into(),
        })
    }

    /// Begins to check a file, or to take it in (`check`, `commit`): where it stands.
    pub(crate) fn begin(&mut self, file: &Import, task: &str) -> Result<Import, Failure> {
        self.document(Ask::post(format!("{}/{task}", path(file))))
    }

    /// Where a file stands.
    pub(crate) fn import(&mut self, file: &Import) -> Result<Import, Failure> {
        self.document(Ask::get(path(file)))
    }

    /// Drops what is staged under the number of a file, if there is something.
    pub(crate) fn discard(&mut self, file: &NewImport) -> Result<(), Failure> {
        let header = ImportHeader::parse(file.header.as_bytes())
            .map_err(|error| Failure::new(Kind::Usage, &error))?;
        let ask = Ask::delete(format!("{IMPORTS}/{}/{}", header.source, header.number));
        let answer = self.ask(ask, MAX_ANSWER)?;
        if answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(problem(&answer))
    }

    /// The acknowledgement of a file that was taken in.
    pub(crate) fn acknowledgement(&mut self, file: &Import) -> Result<String, Failure> {
        let ask = Ask::get(format!("{}/acknowledgement", path(file)));
        text(&self.answer(ask, MAX_ANSWER)?)
    }

    /// The files of the platform.
    pub(crate) fn exports(&mut self) -> Result<Exports, Failure> {
        self.document(Ask::get(EXPORTS.to_owned()))
    }

    /// Makes the file with this number; `None` when nothing happened since the last one.
    pub(crate) fn make_export(&mut self, number: u64) -> Result<Option<Export>, Failure> {
        let answer = self.answer(Ask::json(EXPORTS, &NewExport { number })?, MAX_ANSWER)?;
        if answer.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        read(&answer).map(Some)
    }

    /// The bytes of a file of the platform.
    pub(crate) fn export(&mut self, number: u64) -> Result<Bytes, Failure> {
        let ask = Ask::get(format!("{EXPORTS}/{number}"));
        Ok(self.answer(ask, MAX_EXPORT)?.into_body())
    }

    /// Its signature.
    pub(crate) fn export_signature(&mut self, number: u64) -> Result<String, Failure> {
        let ask = Ask::get(format!("{EXPORTS}/{number}/signature"));
        text(&self.answer(ask, MAX_ANSWER)?)
    }

    /// Hands over an acknowledgement.
    pub(crate) fn acknowledge_export(&mut self, number: u64, jws: &str) -> Result<Export, Failure> {
        self.document(Ask {
            media: MEDIA_JOSE,
            body: Bytes::copy_from_slice(jws.as_bytes()),
            ..Ask::post(format!("{EXPORTS}/{number}/acknowledgement"))
        })
    }

    pub(super) fn document<T: DeserializeOwned>(&mut self, ask: Ask<'_>) -> Result<T, Failure> {
        read(&self.answer(ask, MAX_ANSWER)?)
    }

    /// A good answer.
    fn answer(&mut self, ask: Ask<'_>, most: usize) -> Result<Response<Bytes>, Failure> {
        let answer = self.ask(ask, most)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(problem(&answer))
    }

    /// Whatever is answered. All of these requests may be made again.
    pub(super) fn ask(&mut self, ask: Ask<'_>, most: usize) -> Result<Response<Bytes>, Failure> {
        let mut request = Request::builder()
            .method(ask.method)
            .uri(ask.path)
            .header(http::header::HOST, &self.host);
        if !ask.media.is_empty() {
            request = request.header(CONTENT_TYPE, ask.media);
        }
        let request = request
            .body(ask.body)
            .map_err(|error| Failure::new(Kind::Fault, &error))?;
        self.runtime
            .block_on(self.connection.send(request, most))
            .map_err(|error| send_failure(&error, Kind::OutcomeUnknown))
    }
}

fn path(file: &Import) -> String {
    format!("{IMPORTS}/{}/{}", file.source, file.number)
}

fn read<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, Failure> {
    serde_json::from_slice(answer.body())
        .map_err(|error| Failure::because(Kind::Fault, format!("the platform's answer: {error}")))
}

fn text(answer: &Response<Bytes>) -> Result<String, Failure> {
    String::from_utf8(answer.body().to_vec()).map_err(|error| Failure::new(Kind::Fault, &error))
}
