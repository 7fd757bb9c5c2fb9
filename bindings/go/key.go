package wombat

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// KeyWriter builds a key of typed parts, whose order as bytes is the order of the values: the first part decides, the
// next where the first are equal. The bytes are the same in all languages. The zero value is an empty key.
//
//	key := new(wombat.KeyWriter).String("sensor").Time(now).Key()
//
// As wombat_key_append_... in wombat.h. What cannot be encoded is remembered as Err, and the key is nil from then on.
type KeyWriter struct {
	key []byte
	err error
}

const (
	escapedZero = 0xFF
	partEnd     = 0x01
	signBit     = 1 << 63
	quietNaN    = 0x7FF8 << 48
)

// Key returns the key so far; nil after an error. It is valid until the next part is appended.
func (w *KeyWriter) Key() []byte {
	if w.err != nil {
		return nil
	}
	return w.key
}

// Err returns why a part could not be appended.
func (w *KeyWriter) Err() error { return w.err }

// Reset forgets all parts and keeps the memory.
func (w *KeyWriter) Reset() *KeyWriter {
	w.key, w.err = w.key[:0], nil
	return w
}

// Int32 appends a number of 4 bytes.
func (w *KeyWriter) Int32(value int32) *KeyWriter {
	w.key = binary.BigEndian.AppendUint32(w.key, uint32(value)^1<<31)
	return w
}

// Int64 appends a number of 8 bytes.
func (w *KeyWriter) Int64(value int64) *KeyWriter {
	w.key = binary.BigEndian.AppendUint64(w.key, uint64(value)^signBit)
	return w
}

// Uint32 appends a number of 4 bytes that is not negative.
func (w *KeyWriter) Uint32(value uint32) *KeyWriter {
	w.key = binary.BigEndian.AppendUint32(w.key, value)
	return w
}

// Uint64 appends a number of 8 bytes that is not negative.
func (w *KeyWriter) Uint64(value uint64) *KeyWriter {
	w.key = binary.BigEndian.AppendUint64(w.key, value)
	return w
}

// Signed appends a number of a width of 1, 2, 4 or 8 bytes.
func (w *KeyWriter) Signed(value int64, width int) *KeyWriter {
	if err := checkWidth(width); err != nil {
		return w.fail(err)
	}
	if above := value >> (8*width - 1); above != 0 && above != -1 {
		return w.fail(invalid(fmt.Sprintf("%d does not fit into %d bytes", value, width)))
	}
	return w.bigEndian(uint64(value)^1<<(8*width-1), width)
}

// Unsigned appends a number that is not negative, of a width of 1, 2, 4 or 8 bytes.
func (w *KeyWriter) Unsigned(value uint64, width int) *KeyWriter {
	if err := checkWidth(width); err != nil {
		return w.fail(err)
	}
	if width < 8 && value>>(8*width) != 0 {
		return w.fail(invalid(fmt.Sprintf("%d does not fit into %d bytes", value, width)))
	}
	return w.bigEndian(value, width)
}

// Bool appends a bool; false comes first.
func (w *KeyWriter) Bool(value bool) *KeyWriter {
	if value {
		return w.bigEndian(1, 1)
	}
	return w.bigEndian(0, 1)
}

// Float64 appends a floating-point number; -0 comes before 0, NaN behind infinity.
func (w *KeyWriter) Float64(value float64) *KeyWriter {
	bits := math.Float64bits(value)
	if value != value {
		bits = quietNaN
	}
	if bits&signBit != 0 {
		return w.Uint64(^bits)
	}
	return w.Uint64(bits | signBit)
}

// Time appends a point in time, cut to microseconds.
func (w *KeyWriter) Time(value time.Time) *KeyWriter {
	if seconds := value.Unix(); seconds > math.MaxInt64/2_000_000 || seconds < math.MinInt64/2_000_000 {
		return w.fail(invalid(fmt.Sprintf("%v is too far from 1970", value)))
	}
	return w.Int64(value.UnixMicro())
}

// String appends a text, in the order of its code points.
func (w *KeyWriter) String(text string) *KeyWriter {
	for i := 0; i < len(text); i++ {
		w.escape(text[i])
	}
	w.key = append(w.key, 0, partEnd)
	return w
}

// Bytes appends bytes of any number.
func (w *KeyWriter) Bytes(data []byte) *KeyWriter {
	for _, one := range data {
		w.escape(one)
	}
	w.key = append(w.key, 0, partEnd)
	return w
}

// Fixed appends bytes as they are: a part that always has the same size, such as a UUID, or the last one.
func (w *KeyWriter) Fixed(data []byte) *KeyWriter {
	w.key = append(w.key, data...)
	return w
}

func (w *KeyWriter) escape(one byte) {
	w.key = append(w.key, one)
	if one == 0 {
		w.key = append(w.key, escapedZero)
	}
}

func (w *KeyWriter) bigEndian(value uint64, width int) *KeyWriter {
	for shift := 8 * (width - 1); shift >= 0; shift -= 8 {
		w.key = append(w.key, byte(value>>shift))
	}
	return w
}

func (w *KeyWriter) fail(err error) *KeyWriter {
	if w.err == nil {
		w.err = err
	}
	return w
}

func checkWidth(width int) error {
	if width == 1 || width == 2 || width == 4 || width == 8 {
		return nil
	}
	return invalid(fmt.Sprintf("width is %d; expected 1, 2, 4 or 8", width))
}

// KeyReader reads the parts of a key in the order in which they were written. After the first part that is not what a
// KeyWriter writes everything is zero, and Err says why: so ask once, at the end. As wombat_key_read_... in wombat.h.
type KeyReader struct {
	key      []byte
	position int
	err      error
}

// NewKeyReader returns a reader of a key, which must not be changed while it is read.
func NewKeyReader(key []byte) *KeyReader { return &KeyReader{key: key} }

// Err returns what is wrong with the key, with ErrInvalidArgument.
func (r *KeyReader) Err() error { return r.err }

// Finish returns Err, or an error when the key goes on.
func (r *KeyReader) Finish() error {
	if r.err == nil && r.More() {
		r.fail(r.position, "the key should end here")
	}
	return r.err
}

// More tells whether there is another part.
func (r *KeyReader) More() bool { return r.err == nil && r.position < len(r.key) }

// Position returns the byte at which the next part begins.
func (r *KeyReader) Position() int { return r.position }

// Int32 reads a number of 4 bytes.
func (r *KeyReader) Int32() int32 { return int32(r.Signed(4)) }

// Int64 reads a number of 8 bytes.
func (r *KeyReader) Int64() int64 { return r.Signed(8) }

// Uint32 reads a number of 4 bytes that is not negative.
func (r *KeyReader) Uint32() uint32 { return uint32(r.Unsigned(4)) }

// Uint64 reads a number of 8 bytes that is not negative.
func (r *KeyReader) Uint64() uint64 { return r.Unsigned(8) }

// Signed reads a number of a width of 1, 2, 4 or 8 bytes.
func (r *KeyReader) Signed(width int) int64 {
	bits := r.Unsigned(width)
	if r.err != nil {
		return 0
	}
	return int64(bits - 1<<(8*width-1))
}

// Unsigned reads a number that is not negative, of a width of 1, 2, 4 or 8 bytes.
func (r *KeyReader) Unsigned(width int) uint64 {
	if err := checkWidth(width); err != nil {
		if r.err == nil {
			r.err = err
		}
		return 0
	}
	value := uint64(0)
	for _, one := range r.take(width) {
		value = value<<8 | uint64(one)
	}
	return value
}

// Bool reads a bool.
func (r *KeyReader) Bool() bool {
	begin := r.position
	value := r.Unsigned(1)
	if value > 1 {
		r.fail(begin, fmt.Sprintf("a bool is 0 or 1, not %d", value))
	}
	return value == 1
}

// Float64 reads a floating-point number.
func (r *KeyReader) Float64() float64 {
	bits := r.Uint64()
	if r.err != nil {
		return 0
	}
	if bits&signBit != 0 {
		return math.Float64frombits(bits ^ signBit)
	}
	return math.Float64frombits(^bits)
}

// Time reads a point in time, in UTC.
func (r *KeyReader) Time() time.Time { return time.UnixMicro(r.Int64()).UTC() }

// String reads a text.
func (r *KeyReader) String() string { return string(r.Bytes()) }

// Bytes reads bytes that were written with Bytes.
func (r *KeyReader) Bytes() []byte {
	if r.err != nil {
		return nil
	}
	part := []byte{}
	for at := r.position; at+1 < len(r.key); at++ {
		if r.key[at] != 0 {
			part = append(part, r.key[at])
			continue
		}
		at++
		switch r.key[at] {
		case partEnd:
			r.position = at + 1
			return part
		case escapedZero:
			part = append(part, 0)
		default:
			r.fail(at, "FF or 01 expected behind a zero byte")
			return nil
		}
	}
	r.fail(r.position, "its end, 00 01, is missing")
	return nil
}

// Fixed reads bytes that were written as they are. They are a part of the key, not a copy.
func (r *KeyReader) Fixed(size int) []byte { return r.take(size) }

// Rest reads all bytes that are left. They are a part of the key, not a copy.
func (r *KeyReader) Rest() []byte { return r.take(len(r.key) - r.position) }

func (r *KeyReader) take(size int) []byte {
	if r.err != nil {
		return nil
	}
	if left := len(r.key) - r.position; size > left {
		r.fail(r.position, fmt.Sprintf("%d bytes expected, %d are there", size, left))
		return nil
	}
	r.position += size
	return r.key[r.position-size : r.position]
}

func (r *KeyReader) fail(position int, what string) {
	if r.err == nil {
		r.position = position
		r.err = invalid(fmt.Sprintf("key part at byte %d: %s", position, what))
	}
}
