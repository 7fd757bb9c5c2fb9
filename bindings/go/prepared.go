package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// PreparedTxns returns the names of the prepared transactions that wait for a decision; see Txn.Prepare.
func (db *DB) PreparedTxns() ([]string, error) {
	defer runtime.KeepAlive(db)
	return readLines(func(buffer []byte) int64 { return raw.Prepared_list(db.handle.number, buffer, int64(len(buffer))) })
}

// CommitPrepared commits a prepared transaction and returns the commit timestamp. The error is ErrDoesNotExist for a name that
// none has.
func (db *DB) CommitPrepared(name string) (timestamp uint64, err error) {
	text, err := cText(name)
	if err != nil {
		return 0, err
	}
	result := raw.Prepared_commit(db.handle.number, text)
	runtime.KeepAlive(db)
	if err := check(result); err != nil {
		return 0, err
	}
	return uint64(result), nil
}

// RollbackPrepared drops a prepared transaction. The error is ErrDoesNotExist for a name that none has.
func (db *DB) RollbackPrepared(name string) error {
	defer runtime.KeepAlive(db)
	return callWithTexts(func(texts ...[]byte) int64 { return raw.Prepared_rollback(db.handle.number, texts[0]) }, name)
}
