package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// HasValue tells whether the value of the present row is at hand: Value returns it. It is not where IteratorOptions.LazyValues has
// left it in a value file, nor with IteratorOptions.KeysOnly; then ReadValue reads it.
func (it *Iterator) HasValue() bool {
	return it.onRow && !it.valuesComeLater && it.valueEnd-it.keyEnd == it.valueSize
}

// ValueSize returns the size of the value of the present row, also where it was left in a value file; 0 without a row, and with
// IteratorOptions.KeysOnly.
func (it *Iterator) ValueSize() int {
	if !it.onRow {
		return 0
	}
	return it.valueSize
}

// ReadValue returns a copy of the value of the present row, wherever it is. What was left in a value file is read now, and rows that
// were fetched ahead are fetched again afterwards: few first, then more. The error is ErrNotFound without a row, and when the row has
// expired since it was fetched; the iterator stays where it is, and another try is allowed.
func (it *Iterator) ReadValue() ([]byte, error) {
	return it.AppendValue(make([]byte, 0, it.ValueSize()))
}

// AppendValue appends the value of the present row, wherever it is, to dst and returns the longer slice, as ReadValue does. It
// allocates nothing when dst has the room. After an error dst is returned as it was.
func (it *Iterator) AppendValue(dst []byte) ([]byte, error) {
	if err := it.handle.enter(); err != nil {
		return dst, err
	}
	defer runtime.KeepAlive(it)
	defer it.handle.leave()
	if !it.onRow {
		return dst, ErrNotFound
	}
	if it.HasValue() {
		return append(dst, it.Value()...), nil
	}
	size, err := it.readLeft(dst[len(dst):cap(dst)])
	if err != nil {
		return dst, err
	}
	if size > cap(dst)-len(dst) {
		return grow(dst, size, it.readLeft)
	}
	return dst[:len(dst)+size], nil
}

// readLeft copies the value of the present row into a buffer if it fits, and returns its size.
func (it *Iterator) readLeft(buffer []byte) (int, error) {
	key := it.Key()
	size := raw.Iterator_value(it.handle.number, key, int64(len(key)), it.isLast(), it.direction(), buffer, int64(len(buffer)))
	it.rowsEnd = it.valueEnd
	it.wanted = 1
	return sizeFound(size)
}

// isLast is 1 when the present row is the last that was fetched: the library's iterator stands there.
func (it *Iterator) isLast() int {
	if it.valueEnd == it.rowsEnd {
		return 1
	}
	return 0
}

// direction is that of the last move, for the library.
func (it *Iterator) direction() int {
	if it.forward {
		return cForward
	}
	return cBackward
}
