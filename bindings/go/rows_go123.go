//go:build go1.23

package wombat

import (
	"errors"
	"iter"
)

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
		var lost error
		defer func() {
			if failure = it.Close(); failure == nil {
				failure = lost
			}
		}()
		var read []byte // a value that was left in a value file
		for it.Next() {
			value := it.Value()
			if value == nil {
				if read, err = it.AppendValue(read[:0]); errors.Is(err, ErrNotFound) {
					continue // it has expired meanwhile
				}
				if err != nil {
					lost = err
					return
				}
				value = read
			}
			if !yield(it.Key(), value) {
				return
			}
		}
	}
	return rows, func() error { return failure }
}
