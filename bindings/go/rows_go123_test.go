//go:build go1.23

package wombat

import "testing"

func TestRows(t *testing.T) {
	db := openTest(t)
	keys := fill(t, db, 100)
	rows, finish := db.Rows(nil)
	for loop := 0; loop < 2; loop++ {
		count := 0
		for key, value := range rows {
			if string(key) != keys[count] || len(value) != 4*(count%50) {
				t.Fatalf("%q", key)
			}
			count++
			if loop == 0 && count == 10 {
				break
			}
		}
		wantNil(t, finish())
		if want := []int{10, 100}[loop]; count != want {
			t.Errorf("%d rows instead of %d", count, want)
		}
	}
	wantNil(t, db.Close())
	for range rows {
		t.Error("a row of a closed database")
	}
	wantError(t, finish(), ErrClosed)
}

func TestRowsOfTransactions(t *testing.T) {
	txn := beginTest(t, openTest(t), nil)
	wantNil(t, txn.Put([]byte("k"), []byte("v")))
	rows, finish := txn.Rows(nil)
	count := 0
	for key, value := range rows {
		if string(key) != "k" || string(value) != "v" {
			t.Errorf("%q = %q", key, value)
		}
		count++
	}
	if err := finish(); count != 1 || err != nil {
		t.Error(count, err)
	}
}
