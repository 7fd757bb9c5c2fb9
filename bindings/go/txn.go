package wombat

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"wombatdb.org/go/wombat/internal/raw"
)

// Isolation says what a transaction does not see of others; docs/transactions.md has an example of each.
type Isolation int

const (
	// IsolationDefault is as option "txn.isolation" says: serializable, unless it was changed.
	IsolationDefault Isolation = cIsolationDefault
	// Serializable transactions have the effect that they would have had one after another.
	Serializable Isolation = cSerializable
	// SnapshotIsolation has all reads show one moment; of two transactions that write the same key one fails. Permits write skew.
	SnapshotIsolation Isolation = cSnapshot
	// ReadCommitted has each read show what is committed by then; of two writes of a key the later one stands.
	ReadCommitted Isolation = cReadCommitted
)

// TxnTimeoutNone is the time limit of a transaction that has none.
const TxnTimeoutNone time.Duration = math.MaxInt64

// TxnOptions says how a transaction is done. nil is the zero value: the defaults.
type TxnOptions struct {
	Isolation   Isolation
	ReadOnly    bool          // writes are refused; never waits, never conflicts
	Pessimistic bool          // lock the keys that it writes, and those of GetForUpdate, until it ends
	Timeout     time.Duration // the whole transaction, then ErrTimedOut; 0: as option "txn.timeout_ms" says
	LockTimeout time.Duration // longest wait for one lock, then ErrTimedOut; 0: as option "txn.lock_timeout_ms" says
	SizeMax     int           // bytes of memory for what it reads and writes, then ErrTooLarge; 0: as "txn.max_size" says
}

// Txn is a transaction: work on several keys, ranges and keyspaces that happens as if nothing else went on meanwhile. It reads
// the database as it was when the transaction began, with its own writes on top, which nobody sees before Commit.
//
//	txn, err := db.Begin(nil)
//	if err != nil {
//		return err
//	}
//	defer txn.Close() // gives up what was not committed
//	if err := txn.Put([]byte("ada"), []byte("90")); err != nil {
//		return err
//	}
//	_, err = txn.Commit(nil) // ErrConflict: begin again, or use DB.RunTxn
//
// One goroutine at a time uses a transaction and its iterators; another one at the same moment gets ErrInUse. After Commit,
// Rollback or Prepare calls fail with ErrTxnEnded, after Close with ErrClosed. Any goroutine may close it; a call that is under
// way then ends first.
type Txn struct {
	number   int64
	end      *txnEnd
	db       *DB
	keyspace *DB   // nil: that of db
	place    int64 // its handle, or 0
}

// txnEnd ends a transaction that was forgotten. Setting and removing a finalizer takes as long as several calls, so those of
// transactions that were closed are used again: a Txn ends what it stands for only while the number there is its own.
type txnEnd struct {
	number atomic.Int64
}

var txnEnds = sync.Pool{New: func() any {
	end := &txnEnd{}
	runtime.SetFinalizer(end, (*txnEnd).leaked)
	return end
}}

func (e *txnEnd) leaked() {
	if number := e.number.Swap(0); number != 0 {
		OnLeak("transaction")
		raw.Txn_destroy(number)
	}
}

// Begin begins a transaction. Close it.
func (db *DB) Begin(options *TxnOptions) (*Txn, error) {
	if options == nil {
		options = &TxnOptions{}
	}
	if options.SizeMax < 0 || options.Timeout < 0 || options.LockTimeout < 0 {
		return nil, invalid("a negative limit of a transaction")
	}
	flags := 0
	if options.ReadOnly {
		flags |= cTxnReadOnly
	}
	if options.Pessimistic {
		flags |= cTxnPessimistic
	}
	timeout := micros(options.Timeout)
	if options.Timeout == TxnTimeoutNone {
		timeout = -1
	}
	number := raw.Txn_begin(db.handle.number, int(options.Isolation), flags, timeout, micros(options.LockTimeout),
		int64(options.SizeMax))
	runtime.KeepAlive(db)
	if err := check(number); err != nil {
		return nil, err
	}
	end := txnEnds.Get().(*txnEnd)
	end.number.Store(number)
	return &Txn{number: number, end: end, db: db}, nil
}

// In returns the same transaction for another keyspace: what is read and written through it belongs there. nil: the keyspace
// of the DB that the transaction was begun with. All else, such as Commit and savepoints, is about the whole transaction.
func (t *Txn) In(keyspace *DB) *Txn {
	return &Txn{t.number, t.end, t.db, keyspace, keyspace.number()}
}

// Put stores a value under a key when the transaction commits.
func (t *Txn) Put(key, value []byte) error { return t.put(key, value, 0) }

// PutTTL is Put of a value that is absent again when some time has passed from now; 0: as option "ttl.default_ms" says;
// TTLNone: never.
func (t *Txn) PutTTL(key, value []byte, ttl time.Duration) error {
	millis, err := ttlMillis(ttl)
	if err != nil {
		return err
	}
	return t.put(key, value, millis)
}

func (t *Txn) put(key, value []byte, ttl int64) error {
	result := raw.Txn_put(t.number, t.place, key, int64(len(key)), value, int64(len(value)), ttl)
	runtime.KeepAlive(t)
	return check(result)
}

// Delete removes a key when the transaction commits. It need not be there.
func (t *Txn) Delete(key []byte) error {
	result := raw.Txn_delete(t.number, t.place, key, int64(len(key)))
	runtime.KeepAlive(t)
	return check(result)
}

// DeleteRange removes the keys from lower on and before upper when the transaction commits; nil: no bound. No locks are taken
// for ranges: what others commit in it meanwhile is a conflict.
func (t *Txn) DeleteRange(lower, upper []byte) error {
	result := raw.Txn_delete_range(t.number, t.place, lower, boundSize(lower), upper, boundSize(upper))
	runtime.KeepAlive(t)
	return check(result)
}

// Merge applies a merge operator when the transaction commits, see DB.Merge. The transaction reads what it makes of what it sees.
func (t *Txn) Merge(operator MergeOperator, key, operand []byte) error {
	name, err := operator.cText()
	if err != nil {
		return err
	}
	result := raw.Txn_merge(t.number, t.place, name, key, int64(len(key)), operand, int64(len(operand)))
	runtime.KeepAlive(t)
	return check(result)
}

// SetSavepoint marks the present state of the transaction's writes. Savepoints nest.
func (t *Txn) SetSavepoint() error { return t.run(raw.Txn_set_savepoint) }

// RollbackToSavepoint undoes the writes since the newest savepoint, and ends that savepoint. What was read stays read, what was
// locked locked. The error is ErrNotFound when there is none.
func (t *Txn) RollbackToSavepoint() error { return t.run(raw.Txn_rollback_to_savepoint) }

// ReleaseSavepoint ends the newest savepoint and keeps the writes. The error is ErrNotFound when there is none.
func (t *Txn) ReleaseSavepoint() error { return t.run(raw.Txn_release_savepoint) }

// Commit makes the writes of the transaction visible and, as the options say, durable, all or nothing, and returns the commit
// timestamp, 0 when there was nothing to write. The error is ErrConflict when another commit changed what the transaction has
// read or writes: begin again. After ErrBusy, ErrTimedOut of the options, ErrNoSpace and ErrNoMemory the transaction has not
// ended, and the commit may be tried again.
func (t *Txn) Commit(options *WriteOptions) (timestamp uint64, err error) {
	flags, sync, timeout := options.parts()
	result := raw.Txn_commit(t.number, flags, sync, timeout)
	runtime.KeepAlive(t)
	if err := check(result); err != nil {
		return 0, err
	}
	return uint64(result), nil
}

// Rollback gives up what was written, and all locks.
func (t *Txn) Rollback() error { return t.run(raw.Txn_rollback) }

// Prepare is the first half of a two-phase commit: it makes the transaction durable under a name, checked so that its commit
// cannot conflict any more, and ends the Txn's part in it. DB.CommitPrepared or DB.RollbackPrepared decides, also after a
// crash. Until then commits that would change what it has read or write what it writes fail with ErrConflict.
func (t *Txn) Prepare(name string) error {
	defer runtime.KeepAlive(t)
	return callWithTexts(func(texts ...[]byte) int64 { return raw.Txn_prepare(t.number, texts[0]) }, name)
}

// Close frees the transaction, rolling it back when it has not ended. The second and later calls do nothing. The error is always
// nil.
func (t *Txn) Close() error {
	if t.end.number.CompareAndSwap(t.number, 0) {
		raw.Txn_destroy(t.number)
		txnEnds.Put(t.end)
	}
	return nil
}

// run makes a call whose "no" is that there is no savepoint.
func (t *Txn) run(call func(number int64) int64) error {
	result := call(t.number)
	runtime.KeepAlive(t)
	return savepointError(result, check(result))
}
