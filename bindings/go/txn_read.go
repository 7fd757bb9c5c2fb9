package wombat

import (
	"runtime"

	"wombatdb.org/go/wombat/internal/raw"
)

// Get returns a copy of the value of a key as the transaction sees it. The error is ErrNotFound when the key is absent.
func (t *Txn) Get(key []byte) ([]byte, error) { return t.get(key, raw.Txn_get) }

// GetForUpdate is Get of a key that the transaction is going to write: no other may change it between this read and the commit,
// at any isolation level. A pessimistic transaction locks the key and waits for whoever holds it; an optimistic one is told at
// its commit. The error is also ErrTimedOut, ErrDeadlock and, when the key has changed since the transaction began, ErrConflict;
// after the last two roll back and begin again.
func (t *Txn) GetForUpdate(key []byte) ([]byte, error) { return t.get(key, raw.Txn_get_for_update) }

// AppendTo appends the value of a key, as the transaction sees it, to dst and returns the longer slice. It allocates nothing
// when dst has the room. The error is ErrNotFound when the key is absent; dst is then returned as it was.
func (t *Txn) AppendTo(dst, key []byte) ([]byte, error) {
	size, err := t.read(key, dst[len(dst):cap(dst)], raw.Txn_get)
	if err != nil {
		return dst, err
	}
	if size > cap(dst)-len(dst) {
		return grow(dst, size, func(buffer []byte) (int, error) { return t.read(key, buffer, raw.Txn_get) })
	}
	return dst[:len(dst)+size], nil
}

// view calls a function with the value of a key, which is there until the function returns.
func (t *Txn) view(key []byte, look txnGet, use func(value []byte) error) error {
	buffer := scratch.Get().(*[]byte)
	defer scratch.Put(buffer)
	size, err := t.read(key, *buffer, look)
	if err != nil {
		return err
	}
	if size <= len(*buffer) {
		return use((*buffer)[:size])
	}
	value, err := grow(nil, size, func(buffer []byte) (int, error) { return t.read(key, buffer, look) })
	if err != nil {
		return err
	}
	return use(value)
}

// Has tells whether a key is present.
func (t *Txn) Has(key []byte) (bool, error) {
	result := raw.Txn_exists(t.number, t.place, key, int64(len(key)))
	runtime.KeepAlive(t)
	return result == 0, check(result)
}

// MultiGet looks up many keys, faster than one by one. The values are in the order of the keys, nil for each that is absent.
func (t *Txn) MultiGet(keys [][]byte) ([][]byte, error) {
	packed, err := packKeys(keys)
	if err != nil {
		return nil, err
	}
	// At read committed a second call may see another moment than the first.
	return multiGetAtOnce(packed, len(keys), func(packed, buffer, used []byte) (int64, error) {
		done := raw.Txn_multi_get_packed(t.number, t.place, packed, int64(len(packed)), buffer, int64(len(buffer)), used)
		runtime.KeepAlive(t)
		return done, check(done)
	})
}

// NewIterator returns an iterator over what the transaction sees, with its own writes as they are now. Close it. Rows that it
// goes over count as read, and so do the gaps between them; it reads ahead, at most as far again as it was moved and 64 rows,
// so give it bounds where others write behind what is wanted. Options that name a snapshot or a moment are refused.
func (t *Txn) NewIterator(options *IteratorOptions) (*Iterator, error) {
	if options == nil {
		options = &IteratorOptions{}
	}
	if options.Snapshot != nil || options.AsOf != (Moment{}) {
		return nil, invalid("a transaction reads the moment of its begin, neither a snapshot nor another moment")
	}
	_, flags, err := options.parts()
	if err != nil {
		return nil, err
	}
	number := raw.Txn_iterator_create(t.number, t.place, flags, options.Lower, boundSize(options.Lower), options.Upper,
		boundSize(options.Upper), options.Prefix, boundSize(options.Prefix), int64(options.Readahead))
	runtime.KeepAlive(t)
	return newIterator(t, number, options, txnRowsFirst, txnRowsMax)
}

// txnGet is one of the calls that look up a key in a transaction.
type txnGet func(txn, keyspace int64, key []byte, keySize int64, buffer []byte, capacity int64) int64

func (t *Txn) get(key []byte, look txnGet) ([]byte, error) {
	buffer := scratch.Get().(*[]byte)
	defer scratch.Put(buffer)
	size, err := t.read(key, *buffer, look)
	if err != nil {
		return nil, err
	}
	if size > len(*buffer) {
		return grow(nil, size, func(buffer []byte) (int, error) { return t.read(key, buffer, look) })
	}
	value := make([]byte, size)
	copy(value, *buffer)
	return value, nil
}

// read copies a value into a buffer if it fits, and returns its size.
func (t *Txn) read(key, buffer []byte, look txnGet) (int, error) {
	result := look(t.number, t.place, key, int64(len(key)), buffer, int64(len(buffer)))
	runtime.KeepAlive(t)
	return sizeFound(result)
}
