package wombat

import (
	"encoding/binary"
	"runtime"
	"sync/atomic"

	"wombatdb.org/go/wombat/internal/raw"
)

// IteratorOptions says which rows an iterator shows and how it reads them. nil is the zero value: all rows of the newest
// state.
type IteratorOptions struct {
	Lower       []byte    // first key that may be shown; nil: no bound
	Upper       []byte    // first key that is not shown any more; nil: no bound
	Prefix      []byte    // only keys that begin with this; together with bounds the narrower counts; nil: all
	Snapshot    *Snapshot // nil: the state when the iterator is made
	AsOf        Moment    // a past state, while option "history.retention_s" keeps it; not together with Snapshot
	KeysOnly    bool      // values are not wanted and come out empty
	NoFillCache bool      // do not push other blocks out of the cache
	LazyValues  bool      // values in value files stay there until Iterator.ReadValue asks for one
	Readahead   int       // bytes read ahead from files; 0: as option "io.readahead_size" says
}

// Iterator is a cursor over rows in key order, at one moment. It starts before the first row:
//
//	for rows.Next() {
//		use(rows.Key(), rows.Value())
//	}
//	if err := rows.Close(); err != nil {
//		return err
//	}
//
// Rows are fetched many at a time: a step is seldom a call of the library. One goroutine at a time; any may close it.
type Iterator struct {
	parent any // lives as long: the database or the transaction
	handle *handle
	err    atomic.Pointer[error] // Close may ask from another goroutine

	buffer    []byte // packed rows of this batch
	keyBegin  int    // the present row is buffer[keyBegin:valueEnd], the next one is behind it
	keyEnd    int
	valueEnd  int
	rowsEnd   int
	used      []byte // 8 bytes
	valueSize int
	onRow     bool
	forward   bool
	atEnd     bool // there is nothing further in the direction of travel
	wanted    int64

	valuesComeLater bool // all rows were fetched without their values
	leaves          int  // what is added to the direction of reads

	rowsFirst, rowsMax int64 // how many rows a batch begins with, and grows to
}

const (
	// A batch begins small, because many iterators look at a few rows only, and grows with every further one.
	rowsFirst = 16
	rowsMax   = 4096
	// What a transaction's iterator goes over counts as read, and more of it conflicts with more.
	txnRowsFirst   = 1
	txnRowsMax     = 64
	batchSizeFirst = 4 << 10
	batchSizeUsual = 16 << 10 // stays in the innermost cache
	rowHeadSize    = 8
	noBytes        = -1
)

// NewIterator returns an iterator over some rows. Close it.
func (db *DB) NewIterator(options *IteratorOptions) (*Iterator, error) {
	if options == nil {
		options = &IteratorOptions{}
	}
	snapshot, flags, err := options.parts()
	if err != nil {
		return nil, err
	}
	number := raw.Iterator_create(db.handle.number, snapshot, flags, options.Lower, boundSize(options.Lower), options.Upper,
		boundSize(options.Upper), options.Prefix, boundSize(options.Prefix), int64(options.Readahead))
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	return newIterator(db, number, options, rowsFirst, rowsMax)
}

// newIterator makes an iterator of what the library has created for a database or a transaction.
func newIterator(parent any, number int64, options *IteratorOptions, rowsFirst, rowsMax int64) (*Iterator, error) {
	if err := check(number); err != nil {
		return nil, err
	}
	it := &Iterator{
		parent:    parent,
		handle:    &handle{what: "iterator", number: number, release: raw.Iterator_destroy},
		used:      make([]byte, 8),
		forward:   true,
		wanted:    rowsFirst,
		rowsFirst: rowsFirst,
		rowsMax:   rowsMax,

		valuesComeLater: options.KeysOnly,
	}
	if options.LazyValues && !options.KeysOnly {
		it.leaves = cShimLeaveValues
	}
	runtime.SetFinalizer(it, func(it *Iterator) { it.handle.leaked() })
	return it, nil
}

func (o *IteratorOptions) parts() (snapshot int64, flags int, err error) {
	if o.Readahead < 0 {
		return 0, 0, invalid("a negative read-ahead")
	}
	snapshot, flags, err = stateToRead(o.Snapshot, o.AsOf)
	if o.KeysOnly {
		flags |= cReadKeysOnly
	}
	if o.LazyValues {
		flags |= cReadLazyValues
	}
	if o.NoFillCache {
		flags |= cReadKeepCache
	}
	return snapshot, flags, err
}

// boundSize is the size of a bound as the shim wants it, which tells none from an empty one.
func boundSize(bound []byte) int64 {
	if bound == nil {
		return noBytes
	}
	return int64(len(bound))
}

// First moves to the first row and tells whether there is one.
func (it *Iterator) First() bool { return it.moveTo(cShimFirst, nil, true) }

// Last moves to the last row and tells whether there is one.
func (it *Iterator) Last() bool { return it.moveTo(cShimLast, nil, false) }

// Seek moves to the first row whose key is target or greater, and tells whether there is one.
func (it *Iterator) Seek(target []byte) bool { return it.moveTo(cShimSeek, target, true) }

// SeekForPrev moves to the last row whose key is target or less, and tells whether there is one.
func (it *Iterator) SeekForPrev(target []byte) bool {
	return it.moveTo(cShimSeekForPrev, target, false)
}

// Next moves to the next row, on a new iterator the first, and tells whether there is one.
func (it *Iterator) Next() bool {
	if it.forward && it.valueEnd < it.rowsEnd && !it.handle.isClosed() {
		it.show()
		return true
	}
	return it.step(true)
}

// Prev moves to the row before, on a new iterator the last, and tells whether there is one.
func (it *Iterator) Prev() bool { return it.step(false) }

// Valid tells whether the iterator stands on a row.
func (it *Iterator) Valid() bool { return it.onRow }

// Key returns the key of the present row; nil without one. It must not be changed, and is valid until the next move.
func (it *Iterator) Key() []byte {
	if !it.onRow {
		return nil
	}
	return it.buffer[it.keyBegin:it.keyEnd:it.keyEnd]
}

// Value returns the value of the present row; nil without one, and where IteratorOptions.LazyValues has left it in a value file. It
// must not be changed, and is valid until the next move.
func (it *Iterator) Value() []byte {
	if !it.onRow || it.valueEnd-it.keyEnd != it.valueSize {
		return nil
	}
	return it.buffer[it.keyEnd:it.valueEnd:it.valueEnd]
}

// Err returns why the last move found no row, if the reason is not that there is none.
func (it *Iterator) Err() error {
	if err := it.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Close frees the iterator and returns Err. The second and later calls only do the latter.
func (it *Iterator) Close() error {
	it.handle.close()
	runtime.SetFinalizer(it, nil)
	return it.Err()
}

func (it *Iterator) step(forward bool) bool {
	if it.handle.isClosed() {
		return it.fail(closedError(it.handle.what))
	}
	if forward != it.forward {
		return it.turn(forward)
	}
	if it.valueEnd < it.rowsEnd {
		it.show()
		return true
	}
	if it.atEnd {
		it.leaveRow()
		return false
	}
	return it.fetch(cShimContinue, nil)
}

// turn goes the other way: from the present row, to which the library must be brought back, or from the end that was
// passed.
func (it *Iterator) turn(forward bool) bool {
	atEnd := it.atEnd
	it.forward = forward
	it.atEnd = false
	if it.onRow {
		key := append([]byte(nil), it.Key()...)
		if forward {
			return it.fetch(cShimSeek, key) && it.step(forward)
		}
		return it.fetch(cShimSeekForPrev, key) && it.step(forward)
	}
	if atEnd && forward {
		return it.fetch(cShimFirst, nil)
	}
	if atEnd {
		return it.fetch(cShimLast, nil)
	}
	return it.fetch(cShimContinue, nil)
}

func (it *Iterator) moveTo(move int, target []byte, forward bool) bool {
	it.forward = forward
	it.atEnd = false
	it.wanted = it.rowsFirst
	return it.fetch(move, target)
}

func (it *Iterator) leaveRow() {
	it.onRow = false
	it.valueEnd, it.rowsEnd = 0, 0
}

func (it *Iterator) fail(err error) bool {
	it.leaveRow()
	it.err.Store(&err)
	return false
}

// show stands on the row behind the present one.
func (it *Iterator) show() {
	sizes := binary.LittleEndian.Uint64(it.buffer[it.valueEnd:])
	it.keyBegin = it.valueEnd + rowHeadSize
	it.keyEnd = it.keyBegin + int(uint32(sizes))
	// A size with bit 31 is that of a value which was left in a value file.
	it.valueSize = int(sizes >> 32 & ValueSizeMax)
	it.valueEnd = it.keyEnd + it.valueSize
	if sizes>>63 != 0 {
		it.valueEnd = it.keyEnd
	}
	it.onRow = true
}

// fetch gets the next batch of rows and stands on its first.
func (it *Iterator) fetch(move int, target []byte) bool {
	it.leaveRow()
	if err := it.handle.enter(); err != nil {
		return it.fail(err)
	}
	count, err := it.read(move, target)
	it.handle.leave()
	runtime.KeepAlive(it)
	if err != nil {
		return it.fail(err)
	}
	it.err.Store(nil)
	if count < 0 {
		it.atEnd = true
		return false
	}
	it.rowsEnd = int(native.Uint64(it.used))
	it.show()
	if it.wanted < it.rowsMax {
		it.wanted *= 2
	}
	return true
}

func (it *Iterator) read(move int, target []byte) (int64, error) {
	direction := it.direction() | it.leaves
	it.reserve(batchSizeFirst)
	if it.wanted > rowsFirst {
		it.reserve(batchSizeUsual)
	}
	for {
		count := raw.Iterator_read(it.handle.number, move, target, int64(len(target)), direction, it.wanted, it.buffer,
			int64(len(it.buffer)), it.used)
		if count != 0 {
			return count, check(count)
		}
		it.reserve(int(native.Uint64(it.used)))
	}
}

func (it *Iterator) reserve(size int) {
	if size > len(it.buffer) {
		it.buffer = make([]byte, size)
	}
}
