//! Files of orders.

use super::{Exit, Fault};
use crate::batch::{BatchError, PreviewError, ReadyError};
use crate::show;

impl From<BatchError> for Fault {
    fn from(error: BatchError) -> Fault {
        match &error {
            BatchError::None => Fault::new("no-batch", Exit::NotFound),
            BatchError::Busy => Fault::new("batch-busy", Exit::Fault),
            BatchError::Damaged(file) => {
                Fault::new("batch-damaged", Exit::Fault).with("file", show::path(file))
            }
            BatchError::Io { path, source } => Fault::new("file-write", Exit::Fault)
                .with("file", show::path(path))
                .cause(source),
            BatchError::TooMany(_) => Fault::new("journal", Exit::Fault).cause(&error),
        }
    }
}

impl From<PreviewError> for Fault {
    fn from(error: PreviewError) -> Fault {
        match error {
            PreviewError::Service(error) => error.into(),
            PreviewError::Journal(error) => error.into(),
            PreviewError::Stopped => Fault::new("not-confirmed", Exit::NotConfirmed),
        }
    }
}

impl From<ReadyError> for Fault {
    fn from(error: ReadyError) -> Fault {
        match error {
            ReadyError::Draft(error) => error.into(),
            ReadyError::Differs { batch, bill } => Fault::new("preview-stale", Exit::TotalDiffers)
                .with("batch", batch.to_string())
                .with("bill", bill.to_string()),
        }
    }
}
