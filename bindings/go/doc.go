// Package wombat is an embedded, persistent, ordered key-value store.
//
//	db, err := wombat.Open("people")
//	if err != nil {
//		return err
//	}
//	defer db.Close()
//	if err := db.Put([]byte("ada"), []byte("1815"), nil); err != nil {
//		return err
//	}
//	year, err := db.Get([]byte("ada"), nil)
//
// Keys are ordered bytewise. A [DB] and a [Snapshot] may be used by any number of goroutines at once, and closed while
// others use them; an [Iterator], a [Batch] and a [Txn] by one at a time. After Close every call fails with [ErrClosed]; a second
// Close does nothing. Things may be closed in any order.
//
// Work on several keys that others must not come between is a transaction; RunTxn does it again when it met another one:
//
//	_, err = db.RunTxn(ctx, nil, func(txn *wombat.Txn) error {
//		balance, err := txn.Get([]byte("ada"))
//		if err != nil {
//			return err
//		}
//		return txn.Put([]byte("ada"), less(balance))
//	})
//
// A database may have several keyspaces, each with keys of its own; see [DB.OpenKeyspace].
//
// Slices that are passed in are read (or filled) before the call returns and never kept. Slices that calls return are
// copies, unless their documentation says otherwise.
//
// For keys and values of types see [Store].
package wombat
