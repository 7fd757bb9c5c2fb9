package wombat

import "wombatdb.org/go/wombat/internal/raw"

// TxnStore is a Store inside a transaction; see Store.In.
type TxnStore[K, V any] struct {
	store *Store[K, V]
	txn   *Txn
}

// In returns the map as a transaction sees it. It belongs to the keyspace of the map, whatever the transaction was begun with, so
// a transaction may work on the maps of several.
//
//	_, err := db.RunTxn(ctx, nil, func(txn *wombat.Txn) error {
//		accounts := accounts.In(txn)
//		balance, err := accounts.Get("ada")
//		if err != nil {
//			return err
//		}
//		return accounts.Put("ada", balance-10)
//	})
func (s *Store[K, V]) In(txn *Txn) *TxnStore[K, V] {
	return &TxnStore[K, V]{s, txn.In(s.db)}
}

// Put stores a value under a key when the transaction commits.
func (s *TxnStore[K, V]) Put(key K, value V) error {
	keyBytes, valueBytes, err := s.store.encode(key, value)
	if err != nil {
		return err
	}
	return s.txn.Put(keyBytes, valueBytes)
}

// Delete removes a key when the transaction commits. It need not be there.
func (s *TxnStore[K, V]) Delete(key K) error {
	keyBytes, err := s.store.encodeKey(key)
	if err != nil {
		return err
	}
	return s.txn.Delete(keyBytes)
}

// DeleteRange removes the rows from lower on and before upper when the transaction commits.
func (s *TxnStore[K, V]) DeleteRange(lower, upper K) error {
	lowerBytes, upperBytes, err := s.store.encodeKeys(lower, upper)
	if err != nil {
		return err
	}
	return s.txn.DeleteRange(lowerBytes, upperBytes)
}

// Merge applies a merge operator when the transaction commits, see Txn.Merge. The operand is encoded as values are.
func (s *TxnStore[K, V]) Merge(operator MergeOperator, key K, operand V) error {
	keyBytes, operandBytes, err := s.store.encode(key, operand)
	if err != nil {
		return err
	}
	return s.txn.Merge(operator, keyBytes, operandBytes)
}

// Get returns the value of a key as the transaction sees it. The error is ErrNotFound when the key is absent.
func (s *TxnStore[K, V]) Get(key K) (V, error) { return s.get(key, raw.Txn_get) }

// GetForUpdate is Get of a key that the transaction is going to write; see Txn.GetForUpdate.
func (s *TxnStore[K, V]) GetForUpdate(key K) (V, error) { return s.get(key, raw.Txn_get_for_update) }

func (s *TxnStore[K, V]) get(key K, look txnGet) (value V, err error) {
	keyBytes, err := s.store.encodeKey(key)
	if err != nil {
		return value, err
	}
	err = s.txn.view(keyBytes, look, func(data []byte) (failure error) {
		value, failure = s.store.values.Decode(data)
		return failure
	})
	return value, err
}

// Range calls a function with the rows from lower on and before upper, in order, until it returns false.
func (s *TxnStore[K, V]) Range(lower, upper K, use func(key K, value V) bool) error {
	lowerBytes, upperBytes, err := s.store.encodeKeys(lower, upper)
	if err != nil {
		return err
	}
	return s.store.each(s.txn.NewIterator, &IteratorOptions{Lower: lowerBytes, Upper: upperBytes}, use)
}

// Each calls a function with all rows, in order, until it returns false.
func (s *TxnStore[K, V]) Each(use func(key K, value V) bool) error {
	return s.store.each(s.txn.NewIterator, &IteratorOptions{Prefix: s.store.prefix}, use)
}

// EachStartingWith calls a function with the rows whose keys begin with the same parts, which write appends.
func (s *TxnStore[K, V]) EachStartingWith(write func(w *KeyWriter), use func(key K, value V) bool) error {
	prefix, err := s.store.encodePrefix(write)
	if err != nil {
		return err
	}
	return s.store.each(s.txn.NewIterator, &IteratorOptions{Prefix: prefix}, use)
}
