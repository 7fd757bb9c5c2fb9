package wombat

import (
	"encoding/binary"
	"math"
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// MergeOperator is the name of a rule by which a merge makes a value of the one below it and an operand. Where the key is
// absent the operand becomes the value.
type MergeOperator string

// Operators that every database has. Numbers have 8 bytes; see EncodeInt64 and EncodeFloat64.
const (
	MergeInt64Add    MergeOperator = "int64_add"     // the sum; wraps around
	MergeInt64Min    MergeOperator = "int64_min"     // the lesser
	MergeInt64Max    MergeOperator = "int64_max"     // the greater
	MergeFloat64Add  MergeOperator = "double_add"    // the sum
	MergeFloat64Min  MergeOperator = "double_min"    // the lesser; what is no number gives way
	MergeFloat64Max  MergeOperator = "double_max"    // the greater; what is no number gives way
	MergeBytesMin    MergeOperator = "bytes_min"     // the lesser in the order of keys
	MergeBytesMax    MergeOperator = "bytes_max"     // the greater in the order of keys
	MergeAppend      MergeOperator = "append"        // the value, then the operand
	MergeBitOr       MergeOperator = "bit_or"        // bitwise or; the shorter one as if zeros followed
	MergeSetIfAbsent MergeOperator = "set_if_absent" // the value if there is one, else the operand
)

// MergeAppendWith is MergeAppend with a separator between value and operand.
func MergeAppendWith(separator string) MergeOperator {
	return MergeAppend + ":" + MergeOperator(separator)
}

// operatorTexts spares merges with the usual operators the making of a C text.
var operatorTexts = func() map[MergeOperator][]byte {
	texts := map[MergeOperator][]byte{}
	for _, operator := range []MergeOperator{
		MergeInt64Add, MergeInt64Min, MergeInt64Max, MergeFloat64Add, MergeFloat64Min, MergeFloat64Max, MergeBytesMin, MergeBytesMax,
		MergeAppend, MergeBitOr, MergeSetIfAbsent,
	} {
		texts[operator] = append([]byte(operator), 0)
	}
	return texts
}()

func (m MergeOperator) cText() ([]byte, error) {
	if text, ok := operatorTexts[m]; ok {
		return text, nil
	}
	return cText(string(m))
}

// Merge changes the value of a key without reading it: readers find what the operator makes of the value and the operand. The
// error is ErrInvalidArgument for an operator that the database does not have or an operand that it does not take. Where the
// value does not fit, reads of the key fail with ErrMergeFailed until it is put or deleted.
func (db *DB) Merge(operator MergeOperator, key, operand []byte, options *WriteOptions) error {
	name, err := operator.cText()
	if err != nil {
		return err
	}
	flags, sync, timeout := options.parts()
	result := raw.Merge(db.handle.number, name, key, int64(len(key)), operand, int64(len(operand)), flags, sync, timeout)
	runtime.KeepAlive(db)
	return check(result)
}

// EncodeInt64 returns a number as merges, DB.FetchAdd and Int64Value store it: 8 bytes, little-endian.
func EncodeInt64(number int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(number)) }

// DecodeInt64 reads what EncodeInt64 has made. The error is ErrInvalidArgument for anything else than 8 bytes.
func DecodeInt64(data []byte) (int64, error) {
	if len(data) != 8 {
		return 0, invalid("a number has 8 bytes")
	}
	return int64(binary.LittleEndian.Uint64(data)), nil
}

// EncodeFloat64 returns a number as merges and Float64Value store it: 8 bytes, little-endian.
func EncodeFloat64(number float64) []byte { return EncodeInt64(int64(math.Float64bits(number))) }

// DecodeFloat64 reads what EncodeFloat64 has made. The error is ErrInvalidArgument for anything else than 8 bytes.
func DecodeFloat64(data []byte) (float64, error) {
	bits, err := DecodeInt64(data)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(uint64(bits)), nil
}
