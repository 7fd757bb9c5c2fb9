//go:build go1.23

package wombat

import "iter"

// Rows returns rows for a range loop, and a function that says afterwards why it ended:
//
//	rows, finish := db.Rows(nil)
//	for key, value := range rows {
//		use(key, value)
//	}
//	if err := finish(); err != nil {
//		return err
//	}
//
// Key and value must not be changed, and are valid until the next turn of the loop. The loop closes what it needs,
// however it ends. Every loop reads anew.
func (db *DB) Rows(options *IteratorOptions) (rows iter.Seq2[[]byte, []byte], finish func() error) {
	return rowsOf(db.NewIterator, options)
}

// Rows returns rows as the transaction sees them, as DB.Rows does. Rows that the loop goes over count as read.
func (t *Txn) Rows(options *IteratorOptions) (rows iter.Seq2[[]byte, []byte], finish func() error) {
	return rowsOf(t.NewIterator, options)
}

func rowsOf(newIterator func(*IteratorOptions) (*Iterator, error), options *IteratorOptions) (
	rows iter.Seq2[[]byte, []byte], finish func() error) {
	var failure error
	rows = func(yield func(key, value []byte) bool) {
		it, err := newIterator(options)
		if err != nil {
			failure = err
			return
		}
		defer func() { failure = it.Close() }()
		for it.Next() {
			if !yield(it.Key(), it.Value()) {
				return
			}
		}
	}
	return rows, func() error { return failure }
}
