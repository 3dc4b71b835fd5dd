//! A disk that remembers what was done to it, loses what was not synced, and fills up.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

/// Bytes of a page of the card.
const PAGE: usize = 4096;

/// The number that Linux gives a fault of the card.
const EIO: i32 = 5;

/// One thing done to the disk.
#[derive(Debug, Clone)]
pub enum Op {
    Write(usize, Vec<u8>),
    Length(usize),
    Sync,
}

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No room for anything new: lengthening, and pages that were never written.
    Full,
    /// No write, length or sync works; the first write leaves half of its bytes.
    Writes,
    /// Writes work, a sync says that it failed.
    Syncs,
    /// No read works either.
    Everything,
}

#[derive(Debug, Default)]
struct Inner {
    bytes: Vec<u8>,
    written: BTreeSet<usize>,
    ops: Vec<Op>,
    /// After so many operations that change something, this fails.
    fault: Option<(usize, Fault)>,
    failures: usize,
    /// After so many reads, no further one works.
    reads_left: Option<usize>,
}

/// One disk, for as many handles as are opened on it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Inner>>);

impl Disk {
    pub fn holding(bytes: Vec<u8>) -> Self {
        let written = (0..bytes.len().div_ceil(PAGE)).collect();
        Self(Arc::new(Mutex::new(Inner {
            bytes,
            written,
            ..Inner::default()
        })))
    }

    pub fn done(&self) -> usize {
        self.0.lock().unwrap().ops.len()
    }

    pub fn ops(&self) -> Vec<Op> {
        self.0.lock().unwrap().ops.clone()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    /// Has it fail from the operation of this number on.
    pub fn fail_from(&self, op: usize, fault: Fault) {
        self.0.lock().unwrap().fault = Some((op, fault));
    }

    /// Has every read fail after so many that work.
    pub fn fail_reads_after(&self, reads: usize) {
        self.0.lock().unwrap().reads_left = Some(reads);
    }

    /// There is room again. Gives how often it failed.
    pub fn mend(&self) -> usize {
        let mut inner = self.0.lock().unwrap();
        inner.fault = None;
        inner.reads_left = None;
        std::mem::take(&mut inner.failures)
    }
}

impl Inner {
    fn fault(&self) -> Option<Fault> {
        self.fault
            .filter(|(from, _)| self.ops.len() >= *from)
            .map(|(_, fault)| fault)
    }

    fn failed<T>(&mut self) -> io::Result<T> {
        self.failures += 1;
        Err(io::Error::from_raw_os_error(28))
    }

    fn put(&mut self, offset: usize, data: &[u8]) {
        put(&mut self.bytes, offset, data);
        self.written.extend(offset / PAGE..(offset + data.len()).div_ceil(PAGE));
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, data: &[u8]) {
    if bytes.len() < offset + data.len() {
        bytes.resize(offset + data.len(), 0);
    }
    bytes[offset..offset + data.len()].copy_from_slice(data);
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        if inner.fault() == Some(Fault::Everything) {
            return inner.failed();
        }
        match &mut inner.reads_left {
            Some(0) => {
                inner.failures += 1;
                return Err(io::Error::from_raw_os_error(EIO));
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let offset = offset as usize;
        match inner.bytes.get(offset..offset + out.len()) {
            Some(part) => out.copy_from_slice(part),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let length = length as usize;
        match inner.fault() {
            Some(Fault::Writes | Fault::Everything) => return inner.failed(),
            Some(Fault::Full) if length > inner.bytes.len() => return inner.failed(),
            _ => {}
        }
        inner.bytes.resize(length, 0);
        inner.written.split_off(&length.div_ceil(PAGE));
        inner.ops.push(Op::Length(length));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        if matches!(inner.fault(), Some(Fault::Writes | Fault::Syncs | Fault::Everything)) {
            return inner.failed();
        }
        inner.ops.push(Op::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap();
        let offset = offset as usize;
        match inner.fault() {
            Some(Fault::Writes | Fault::Everything) => {
                if inner.failures == 0 {
                    let half = data.len() / 2;
                    inner.put(offset, &data[..half]);
                }
                return inner.failed();
            }
            Some(Fault::Full) => {
                let pages = offset / PAGE..(offset + data.len()).div_ceil(PAGE);
                if pages.into_iter().any(|page| !inner.written.contains(&page)) {
                    return inner.failed();
                }
            }
            Some(Fault::Syncs) | None => {}
        }
        inner.put(offset, data);
        inner.ops.push(Op::Write(offset, data.to_vec()));
        Ok(())
    }
}

/// Small random numbers from a seed.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below.max(1) as u64).unwrap()
    }
}

/// What of the writes since the last sync has reached the card when the power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// All.
    All,
    /// Some, in any order.
    Some,
    /// All, but the last one only by half.
    Torn,
}

impl Left {
    pub const KINDS: [Self; 4] = [Self::Nothing, Self::All, Self::Some, Self::Torn];
}

/// What is on the card when the power goes after the first `cut` operations on a disk that held `begun`.
pub fn survives(begun: &[u8], ops: &[Op], cut: usize, left: Left, dice: &mut Dice) -> Vec<u8> {
    let ops = &ops[..cut];
    let synced = ops.iter().rposition(|op| matches!(op, Op::Sync)).map_or(0, |at| at + 1);
    let mut bytes = begun.to_vec();
    apply(&mut bytes, &ops[..synced]);
    let open = &ops[synced..];
    match left {
        Left::Nothing => {}
        Left::All => apply(&mut bytes, open),
        Left::Torn => {
            if let Some((last, before)) = open.split_last() {
                apply(&mut bytes, before);
                if let Op::Write(offset, data) = last {
                    put(&mut bytes, *offset, &data[..data.len() / 2]);
                }
            }
        }
        Left::Some => {
            // The file system keeps its own order for lengths; what lies beyond the length that it kept is gone.
            let lengths: Vec<usize> = open
                .iter()
                .filter_map(|op| match op {
                    Op::Length(length) => Some(*length),
                    _ => None,
                })
                .collect();
            let kept = dice.roll(lengths.len() + 1);
            for length in &lengths[..kept] {
                bytes.resize(*length, 0);
            }
            let end = bytes.len();
            let mut writes: Vec<&Op> = open.iter().filter(|op| matches!(op, Op::Write(..))).collect();
            while !writes.is_empty() {
                let op = writes.swap_remove(dice.roll(writes.len()));
                if let (Op::Write(offset, data), true) = (op, dice.roll(3) > 0) {
                    put(&mut bytes, *offset, data);
                }
            }
            if lengths.len() > kept {
                bytes.truncate(end);
            }
        }
    }
    bytes
}

fn apply(bytes: &mut Vec<u8>, ops: &[Op]) {
    for op in ops {
        match op {
            Op::Write(offset, data) => put(bytes, *offset, data),
            Op::Length(length) => bytes.resize(*length, 0),
            Op::Sync => {}
        }
    }
}
