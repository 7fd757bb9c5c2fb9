package wombat

import (
	"encoding/json"
	"time"
)

// KeyCodec turns keys of a type into parts and back.
type KeyCodec[K any] struct {
	Write func(w *KeyWriter, key K)
	Read  func(r *KeyReader) K
}

// ValueCodec turns values of a type into bytes and back.
type ValueCodec[V any] struct {
	Encode func(value V) ([]byte, error)
	Decode func(data []byte) (V, error)
}

// Codecs for keys. Keys are ordered as their values are.
var (
	Int32Key  = KeyCodec[int32]{func(w *KeyWriter, key int32) { w.Int32(key) }, (*KeyReader).Int32}
	Int64Key  = KeyCodec[int64]{func(w *KeyWriter, key int64) { w.Int64(key) }, (*KeyReader).Int64}
	Uint64Key = KeyCodec[uint64]{func(w *KeyWriter, key uint64) { w.Uint64(key) }, (*KeyReader).Uint64}
	BoolKey   = KeyCodec[bool]{func(w *KeyWriter, key bool) { w.Bool(key) }, (*KeyReader).Bool}
	FloatKey  = KeyCodec[float64]{func(w *KeyWriter, key float64) { w.Float64(key) }, (*KeyReader).Float64}
	StringKey = KeyCodec[string]{func(w *KeyWriter, key string) { w.String(key) }, (*KeyReader).String}
	TimeKey   = KeyCodec[time.Time]{func(w *KeyWriter, key time.Time) { w.Time(key) }, (*KeyReader).Time}
	UUIDKey   = KeyCodec[[16]byte]{
		func(w *KeyWriter, key [16]byte) { w.Fixed(key[:]) },
		func(r *KeyReader) (key [16]byte) {
			copy(key[:], r.Fixed(len(key)))
			return key
		},
	}
)

// Pair is a key of two parts.
type Pair[A, B any] struct {
	First  A
	Second B
}

// PairKey is a codec for keys of two parts. For more, write a KeyCodec that writes and reads one part after the other.
func PairKey[A, B any](first KeyCodec[A], second KeyCodec[B]) KeyCodec[Pair[A, B]] {
	return KeyCodec[Pair[A, B]]{
		func(w *KeyWriter, key Pair[A, B]) {
			first.Write(w, key.First)
			second.Write(w, key.Second)
		},
		func(r *KeyReader) Pair[A, B] { return Pair[A, B]{first.Read(r), second.Read(r)} },
	}
}

// Codecs for values. They need no order: text is its plain UTF-8, numbers are little-endian.
var (
	BytesValue = ValueCodec[[]byte]{
		func(value []byte) ([]byte, error) { return value, nil },
		func(data []byte) ([]byte, error) { return append([]byte{}, data...), nil },
	}
	StringValue = ValueCodec[string]{
		func(value string) ([]byte, error) { return []byte(value), nil },
		func(data []byte) (string, error) { return string(data), nil },
	}
	Int64Value = ValueCodec[int64]{
		func(value int64) ([]byte, error) { return EncodeInt64(value), nil },
		DecodeInt64,
	}
	Float64Value = ValueCodec[float64]{
		func(value float64) ([]byte, error) { return EncodeFloat64(value), nil },
		DecodeFloat64,
	}
)

// JSONValue is a codec for anything that encoding/json can write.
func JSONValue[V any]() ValueCodec[V] {
	return ValueCodec[V]{
		func(value V) ([]byte, error) { return json.Marshal(value) },
		func(data []byte) (value V, err error) {
			err = json.Unmarshal(data, &value)
			return value, err
		},
	}
}

// Store is a database or keyspace, or the part of one whose keys begin with a prefix, as a map from keys to values of types. It owns
// nothing: close the database. Any number of goroutines may use it.
//
//	years := wombat.NewStore(db, wombat.StringKey, wombat.Int64Value)
//	err := years.Put("ada", 1815, nil)
type Store[K, V any] struct {
	db     *DB
	prefix []byte
	keys   KeyCodec[K]
	values ValueCodec[V]
}

// NewStore makes a map of a whole database.
func NewStore[K, V any](db *DB, keys KeyCodec[K], values ValueCodec[V]) *Store[K, V] {
	return &Store[K, V]{db: db, keys: keys, values: values}
}

// WithPrefix makes a map of the keys that begin with a prefix. So several maps share a database; no prefix may be the
// beginning of another.
func (s *Store[K, V]) WithPrefix(prefix []byte) *Store[K, V] {
	return &Store[K, V]{s.db, append([]byte{}, prefix...), s.keys, s.values}
}

// Put stores a value under a key.
func (s *Store[K, V]) Put(key K, value V, options *WriteOptions) error {
	keyBytes, valueBytes, err := s.encode(key, value)
	if err != nil {
		return err
	}
	return s.db.Put(keyBytes, valueBytes, options)
}

// BatchPut adds a put to a batch.
func (s *Store[K, V]) BatchPut(batch *Batch, key K, value V) error {
	keyBytes, valueBytes, err := s.encode(key, value)
	if err != nil {
		return err
	}
	return batch.Put(keyBytes, valueBytes)
}

// Delete removes a key. It need not be there.
func (s *Store[K, V]) Delete(key K, options *WriteOptions) error {
	keyBytes, err := s.encodeKey(key)
	if err != nil {
		return err
	}
	return s.db.Delete(keyBytes, options)
}

// PutIfAbsent stores a value under a key that is absent, and tells whether it was.
func (s *Store[K, V]) PutIfAbsent(key K, value V, options *WriteOptions) (bool, error) {
	keyBytes, valueBytes, err := s.encode(key, value)
	if err != nil {
		return false, err
	}
	return s.db.PutIfAbsent(keyBytes, valueBytes, options)
}

// Merge changes the value of a key without reading it, see DB.Merge. The operand is encoded as values are.
func (s *Store[K, V]) Merge(operator MergeOperator, key K, operand V, options *WriteOptions) error {
	keyBytes, operandBytes, err := s.encode(key, operand)
	if err != nil {
		return err
	}
	return s.db.Merge(operator, keyBytes, operandBytes, options)
}

// DeleteRange removes the rows from lower on and before upper.
func (s *Store[K, V]) DeleteRange(lower, upper K, options *WriteOptions) error {
	lowerBytes, upperBytes, err := s.encodeKeys(lower, upper)
	if err != nil {
		return err
	}
	return s.db.DeleteRange(lowerBytes, upperBytes, options)
}

// Get returns the value of a key. The error is ErrNotFound when the key is absent.
func (s *Store[K, V]) Get(key K, options *ReadOptions) (value V, err error) {
	keyBytes, err := s.encodeKey(key)
	if err != nil {
		return value, err
	}
	err = s.db.View(keyBytes, options, func(data []byte) (failure error) {
		value, failure = s.values.Decode(data)
		return failure
	})
	return value, err
}

// Range calls a function with the rows from lower on and before upper, in order, until it returns false.
func (s *Store[K, V]) Range(lower, upper K, use func(key K, value V) bool) error {
	lowerBytes, upperBytes, err := s.encodeKeys(lower, upper)
	if err != nil {
		return err
	}
	return s.each(s.db.NewIterator, &IteratorOptions{Lower: lowerBytes, Upper: upperBytes}, use)
}

// Each calls a function with all rows, in order, until it returns false.
func (s *Store[K, V]) Each(use func(key K, value V) bool) error {
	return s.each(s.db.NewIterator, &IteratorOptions{Prefix: s.prefix}, use)
}

// EachStartingWith calls a function with the rows whose keys begin with the same parts, which write appends: with keys of
// (sensor, time), a sensor.
func (s *Store[K, V]) EachStartingWith(write func(w *KeyWriter), use func(key K, value V) bool) error {
	prefix, err := s.encodePrefix(write)
	if err != nil {
		return err
	}
	return s.each(s.db.NewIterator, &IteratorOptions{Prefix: prefix}, use)
}

// each goes over rows of the database or of a transaction.
func (s *Store[K, V]) each(newIterator func(*IteratorOptions) (*Iterator, error), options *IteratorOptions,
	use func(key K, value V) bool) error {
	rows, err := newIterator(options)
	if err != nil {
		return err
	}
	for rows.Next() {
		reader := NewKeyReader(rows.Key()[len(s.prefix):])
		key := s.keys.Read(reader)
		if err := reader.Finish(); err != nil {
			rows.Close()
			return err
		}
		value, err := s.values.Decode(rows.Value())
		if err != nil {
			rows.Close()
			return err
		}
		if !use(key, value) {
			break
		}
	}
	return rows.Close()
}

func (s *Store[K, V]) encodeKey(key K) ([]byte, error) {
	w := new(KeyWriter).Fixed(s.prefix)
	s.keys.Write(w, key)
	return w.Key(), w.Err()
}

func (s *Store[K, V]) encodeKeys(lower, upper K) (lowerBytes, upperBytes []byte, err error) {
	if lowerBytes, err = s.encodeKey(lower); err == nil {
		upperBytes, err = s.encodeKey(upper)
	}
	return lowerBytes, upperBytes, err
}

func (s *Store[K, V]) encodePrefix(write func(w *KeyWriter)) ([]byte, error) {
	w := new(KeyWriter).Fixed(s.prefix)
	write(w)
	return w.Key(), w.Err()
}

func (s *Store[K, V]) encode(key K, value V) (keyBytes, valueBytes []byte, err error) {
	if keyBytes, err = s.encodeKey(key); err == nil {
		valueBytes, err = s.values.Encode(value)
	}
	return keyBytes, valueBytes, err
}
