use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use jiff::Timestamp;

use super::Store;
use crate::StoreError;
use crate::database::Session;
use crate::engine::alone::Intent;
use crate::engine::export::{self, ExportDraft, ExportFile, ExportOutcome, KeptExport};
use crate::engine::import::{
    self, FileOutcome, ImportError, ImportReport, KeptFile, NumberedFile, RecordSource,
};
use crate::record::Record;

/// Files to and from the internal network.
impl Store {
    /// Takes in records of the marketing system, all or none, and posts what moves money. What is
    /// there already with the same content is left alone.
    ///
    /// This is for the first set-up: after the first numbered file it is refused.
    ///
    /// # Errors
    /// [`ImportError`] names the record.
    pub async fn import(
        &self,
        records: Vec<Record>,
        now: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        self.importer.import(records, now, Intent::Keep).await
    }

    /// Does all that [`Store::import`] does and takes it back: the report or the error that it
    /// would give.
    ///
    /// # Errors
    /// [`ImportError`] names the record.
    pub async fn rehearse_import(
        &self,
        records: Vec<Record>,
        now: Timestamp,
    ) -> Result<ImportReport, ImportError> {
        self.importer.import(records, now, Intent::TakeBack).await
    }

    /// Takes in a numbered file, all of it or nothing; the same file again changes nothing. How many
    /// of its records are done is in `progress` while it lasts.
    ///
    /// # Errors
    /// [`ImportError`].
    pub async fn import_file(
        &self,
        file: NumberedFile,
        records: Box<dyn RecordSource>,
        progress: Arc<AtomicU64>,
        now: Timestamp,
    ) -> Result<FileOutcome, ImportError> {
        self.importer
            .import_file(file, records, progress, now, Intent::Keep)
            .await
    }

    /// Does all that [`Store::import_file`] does and takes it back; goes on after a record that is
    /// refused, to tell the next one too.
    ///
    /// # Errors
    /// [`ImportError`], of the file as a whole.
    pub async fn rehearse_file(
        &self,
        file: NumberedFile,
        records: Box<dyn RecordSource>,
        progress: Arc<AtomicU64>,
        now: Timestamp,
    ) -> Result<FileOutcome, ImportError> {
        self.importer
            .import_file(file, records, progress, now, Intent::TakeBack)
            .await
    }

    /// A file that was taken in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imported_file(
        &self,
        source: String,
        number: u64,
    ) -> Result<Option<KeptFile>, StoreError> {
        let kept = move |session: &mut dyn Session| import::kept(session, &source, number);
        self.readers.call(kept).await
    }

    /// The files that were taken in last, the last one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imported_files(&self, limit: u32) -> Result<Vec<KeptFile>, StoreError> {
        let kept = move |session: &mut dyn Session| import::kept_files(session, limit);
        self.readers.call(kept).await
    }

    /// Files that were taken in, after one of them, by source and number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imported_files_after(
        &self,
        source: String,
        number: u64,
        limit: u32,
    ) -> Result<Vec<KeptFile>, StoreError> {
        let kept =
            move |session: &mut dyn Session| import::kept_after(session, (&source, number), limit);
        self.readers.call(kept).await
    }

    /// The number of the last file of a source; 0 before the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_import(&self, source: String) -> Result<u64, StoreError> {
        let last = move |session: &mut dyn Session| import::last_number(session, &source);
        self.readers.call(last).await
    }

    /// Keeps the acknowledgement of a file that was taken in. The first one stays: it is the answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn acknowledge_import(
        &self,
        source: String,
        number: u64,
        jws: String,
    ) -> Result<String, StoreError> {
        import::acknowledge(&self.engine, source, number, jws).await
    }

    /// What the next file for the marketing system will hold; `None` when nothing happened since
    /// the last one that concerns it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn draft_export(&self) -> Result<Option<ExportDraft>, StoreError> {
        self.readers.call(export::draft).await
    }

    /// Keeps a file for the marketing system, if it follows the last one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_export(&self, file: ExportFile) -> Result<ExportOutcome, StoreError> {
        export::keep(&self.engine, file).await
    }

    /// Keeps the signature of such a file. The first one stays: it is the answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sign_export(&self, number: u64, jws: String) -> Result<String, StoreError> {
        export::sign(&self.engine, number, jws).await
    }

    /// Keeps the marketing system's acknowledgement of such a file. The first one stays: when it
    /// came is the answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn acknowledge_export(
        &self,
        number: u64,
        jws: String,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        export::acknowledge(&self.engine, number, jws, now).await
    }

    /// A file for the marketing system.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn export(&self, number: u64) -> Result<Option<KeptExport>, StoreError> {
        let one = move |session: &mut dyn Session| export::one(session, number);
        self.readers.call(one).await
    }

    /// The bytes of such a file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn export_body(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let body = move |session: &mut dyn Session| export::body(session, number);
        self.readers.call(body).await
    }

    /// The last files for the marketing system, the last one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn exports(&self, limit: u32) -> Result<Vec<KeptExport>, StoreError> {
        let all = move |session: &mut dyn Session| export::all(session, limit);
        self.readers.call(all).await
    }

    /// The number of the file that would be next.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_export(&self) -> Result<u64, StoreError> {
        let next = |session: &mut dyn Session| Ok(export::next_number(session)?);
        self.readers.call(next).await
    }
}
