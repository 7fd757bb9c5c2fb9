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
	if options != nil && options.AsOf != (Moment{}) {
		return multiGetAtOnce(packed, len(keys), db.looker(options))
	}
	if options != nil && options.Snapshot != nil {
		return db.multiGetAll(packed, make([][]byte, 0, len(keys)), len(keys), options)
	}
	// One call looks at one moment. If not all answers fit, everything is asked for again, in a snapshot.
	values, _, _, err := multiGetSome(packed, make([][]byte, 0, len(keys)), answersSize(len(keys)), db.looker(options))
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
		values, rest, needed, err = multiGetSome(packed, values, size, db.looker(options))
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

// looker asks the library for packed keys. It returns how many were answered.
type looker func(packed, buffer, used []byte) (int64, error)

func (db *DB) looker(options *ReadOptions) looker {
	return func(packed, buffer, used []byte) (int64, error) {
		snapshot, flags, timeout, err := options.parts()
		if err != nil {
			return 0, err
		}
		done := raw.Multi_get_packed(db.handle.number, packed, int64(len(packed)), snapshot, flags, timeout, buffer,
			int64(len(buffer)), used)
		runtime.KeepAlive(db)
		runtime.KeepAlive(options)
		return done, check(done)
	}
}

// multiGetAtOnce asks for all keys in one call, with more room each time, where a second call may look at another moment.
func multiGetAtOnce(packed []byte, count int, look looker) ([][]byte, error) {
	for size := answersSize(count); ; size *= 2 {
		values, _, needed, err := multiGetSome(packed, make([][]byte, 0, count), size, look)
		if err != nil || len(values) == count {
			return values, err
		}
		if len(values) == 0 && needed > size {
			size = needed
		}
	}
}

// multiGetSome appends the values of the first keys, as many as fit into `size` bytes, and returns the keys that are
// left. When not even one fits, `needed` says how much that one needs.
func multiGetSome(packed []byte, values [][]byte, size int, look looker) (found [][]byte, rest []byte, needed int, err error) {
	buffer := make([]byte, size)
	used := make([]byte, 8)
	done, err := look(packed, buffer, used)
	if err != nil {
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
