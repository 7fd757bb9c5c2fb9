package wombat

import (
	"encoding/binary"
	"math"
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

const (
	answerSizeExpected = 256
	answersSizeMax     = 1 << 20
)

// MultiGet looks up many keys at one moment, faster than one by one. The values are in the order of the keys, nil for
// each that is absent.
func (db *DB) MultiGet(keys [][]byte, options *ReadOptions) ([][]byte, error) {
	packed, err := packKeys(keys)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, 0, len(keys))
	if options != nil && options.Snapshot != nil {
		return db.multiGetAll(packed, values, len(keys), options)
	}
	// One call looks at one moment. If not all answers fit, everything is asked for again, in a snapshot.
	values, _, _, err = db.multiGetSome(packed, values, answersSize(len(keys)), options)
	if err != nil || len(values) == len(keys) {
		return values, err
	}
	snapshot, err := db.NewSnapshot()
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	var inSnapshot ReadOptions
	if options != nil {
		inSnapshot = *options
	}
	inSnapshot.Snapshot = snapshot
	return db.multiGetAll(packed, values[:0], len(keys), &inSnapshot)
}

func answersSize(count int) int {
	if count > answersSizeMax/answerSizeExpected {
		return answersSizeMax
	}
	return count * answerSizeExpected
}

func (db *DB) multiGetAll(packed []byte, values [][]byte, count int, options *ReadOptions) ([][]byte, error) {
	size := answersSize(count)
	for len(values) < count {
		var err error
		var rest []byte
		var needed int
		before := len(values)
		values, rest, needed, err = db.multiGetSome(packed, values, size, options)
		if err != nil {
			return nil, err
		}
		packed = rest
		if len(values) == before {
			size = needed
		}
	}
	return values, nil
}

// multiGetSome appends the values of the first keys, as many as fit into `size` bytes, and returns the keys that are
// left. When not even one fits, `needed` says how much that one needs.
func (db *DB) multiGetSome(packed []byte, values [][]byte, size int, options *ReadOptions) (found [][]byte, rest []byte, needed int,
	err error) {
	snapshot, flags, timeout, err := options.parts()
	if err != nil {
		return nil, nil, 0, err
	}
	buffer := make([]byte, size)
	used := make([]byte, 8)
	done := raw.Multi_get_packed(db.handle.number, packed, int64(len(packed)), snapshot, flags, timeout, buffer,
		int64(len(buffer)), used)
	runtime.KeepAlive(db)
	runtime.KeepAlive(options)
	if err := check(done); err != nil {
		return nil, nil, 0, err
	}
	for i := int64(0); i < done; i++ {
		status := Status(int32(binary.LittleEndian.Uint32(buffer)))
		valueSize := int(binary.LittleEndian.Uint32(buffer[4:]))
		if status < 0 {
			return nil, nil, 0, &Error{Status: status, Message: "one of the keys could not be read"}
		}
		var value []byte
		if status == StatusOK {
			value = append(make([]byte, 0, valueSize), buffer[8:8+valueSize]...)
		}
		values = append(values, value)
		buffer = buffer[8+valueSize:]
		packed = packed[4+binary.LittleEndian.Uint32(packed):]
	}
	return values, packed, int(native.Uint64(used)), nil
}

func packKeys(keys [][]byte) ([]byte, error) {
	size := 0
	for _, key := range keys {
		if len(key) > math.MaxUint32 {
			return nil, &Error{Status: StatusTooLarge, Message: "a key is too large"}
		}
		size += 4 + len(key)
	}
	packed := make([]byte, 0, size)
	for _, key := range keys {
		packed = append(binary.LittleEndian.AppendUint32(packed, uint32(len(key))), key...)
	}
	return packed, nil
}
