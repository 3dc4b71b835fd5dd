//! Finds the entries of a payment.

use redb::ReadableTable;

use crate::model::entry::{Entry, EntryKind, SOURCE_REVERSAL};
use crate::model::name::Reference;
use crate::store::codec;
use crate::store::error::{StoreError, reading, record};
use crate::store::keys::reference_key;
use crate::store::read::reader::Reader;
use crate::store::tables;

/// A payment that was reversed, by its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReversedCredit {
    /// The credit.
    pub credit: Entry,
    /// The entry that took it back.
    pub reversal: Entry,
}

impl Reader<'_> {
    /// Returns the newest payment with a reference that was reversed; `None` where there is none among the newest `most`
    /// entries of the ledger, which are read one by one, since nothing leads from a reference that is free again to its
    /// entries.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reversed_credit(&self, reference: &Reference, most: usize) -> Result<Option<ReversedCredit>, StoreError> {
        let wanted = reference_key(reference);
        let ledger = self.table(tables::LEDGER)?;
        let mut reversal: Option<Entry> = None;
        for row in ledger.iter().map_err(reading)?.rev().take(most) {
            let (_, bytes) = row.map_err(reading)?;
            let entry: Entry = codec::decode(bytes.value()).map_err(record("ledger"))?;
            if entry
                .reference
                .as_ref()
                .is_none_or(|known| reference_key(known) != wanted)
            {
                continue;
            }
            match (entry.kind, reversal.take()) {
                (EntryKind::Adjustment, None) if entry.source.as_str() == SOURCE_REVERSAL => reversal = Some(entry),
                (EntryKind::Credit, Some(reversal)) if reversal.subscriber == entry.subscriber => {
                    return Ok(Some(ReversedCredit {
                        credit: entry,
                        reversal,
                    }));
                }
                (EntryKind::Credit | EntryKind::Debit | EntryKind::Adjustment, kept) => reversal = kept,
            }
        }
        Ok(None)
    }
}
