package wombat

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unsafe"

	"wombatdb.org/go/wombat/internal/raw"
)

// Status is the outcome of a call, as wombat_status in wombat.h.
type Status int32

// String returns the name of the status, such as "CORRUPTION".
func (s Status) String() string { return raw.Status_name(int(s)) }

// Help returns one sentence about what the status means and what to do.
func (s Status) Help() string { return raw.Status_help(int(s)) }

// Retryable tells whether a call that ended so may succeed later without anything being repaired.
func (s Status) Retryable() bool { return raw.Status_is_retryable(int(s)) != 0 }

// Error is how calls fail. Compare with errors.Is and one of the sentinels below, which looks at the status only.
type Error struct {
	Status    Status
	OSError   int  // errno of the system call that failed, or 0
	Retryable bool // the same call may succeed later without anything being repaired
	Message   string
}

// Sentinels for errors.Is.
var (
	ErrNotFound         = sentinel(StatusNotFound, "the key is absent")
	ErrInvalidArgument  = sentinel(StatusInvalidArgument, "invalid argument")
	ErrUnknownOption    = sentinel(StatusUnknownOption, "unknown option")
	ErrTooLarge         = sentinel(StatusTooLarge, "too large")
	ErrUnsupported      = sentinel(StatusUnsupported, "not in this version or build")
	ErrClosed           = sentinel(StatusClosed, "closed")
	ErrTxnEnded         = sentinel(StatusTxnEnded, "the transaction has ended")
	ErrInUse            = sentinel(StatusInUse, "another goroutine is inside a call")
	ErrDropped          = sentinel(StatusDropped, "the keyspace was dropped")
	ErrTooOld           = sentinel(StatusTooOld, "no longer kept")
	ErrNoMemory         = sentinel(StatusNoMemory, "no memory")
	ErrNoSpace          = sentinel(StatusNoSpace, "the disk is full")
	ErrTimedOut         = sentinel(StatusTimedOut, "timed out")
	ErrCancelled        = sentinel(StatusCancelled, "cancelled")
	ErrBusy             = sentinel(StatusBusy, "busy")
	ErrLocked           = sentinel(StatusLocked, "the database is open elsewhere")
	ErrConflict         = sentinel(StatusConflict, "another commit changed what the transaction read or writes")
	ErrDeadlock         = sentinel(StatusDeadlock, "transactions waited for one another")
	ErrIO               = sentinel(StatusIOError, "input or output failed")
	ErrCorruption       = sentinel(StatusCorruption, "damaged bytes")
	ErrNotADatabase     = sentinel(StatusNotADatabase, "not a database")
	ErrAlreadyExists    = sentinel(StatusAlreadyExists, "exists already")
	ErrDoesNotExist     = sentinel(StatusDoesNotExist, "does not exist")
	ErrMissingFile      = sentinel(StatusMissingFile, "a file is missing")
	ErrFormatVersion    = sentinel(StatusFormatVersion, "written by another version")
	ErrPermissionDenied = sentinel(StatusPermissionDenied, "permission denied")
	ErrMergeFailed      = sentinel(StatusMergeFailed, "a merge does not fit the value below it")
	ErrReadOnly         = sentinel(StatusReadOnly, "opened read-only")
	ErrDegraded         = sentinel(StatusDegraded, "a sync failed earlier")
)

func sentinel(status Status, message string) error {
	return &Error{Status: status, Message: message}
}

// Error returns the message with the name of the status.
func (e *Error) Error() string {
	return "wombat: " + strings.ToLower(strings.ReplaceAll(e.Status.String(), "_", " ")) + ": " + e.Message
}

// Is reports whether target is an *Error with the same status.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Status == e.Status
}

func closedError(what string) error {
	return &Error{Status: StatusClosed, Message: "the " + what + " was closed"}
}

func invalid(message string) error {
	return &Error{Status: StatusInvalidArgument, Message: message}
}

// check returns the error of a result of the raw layer, if it is one.
func check(result int64) error {
	if result >= cShimNone {
		return nil
	}
	return takeError(result)
}

// takeError makes an error of a wombat_error: status, errno and retryable as 32-bit numbers, one reserved, the message.
func takeError(failure int64) error {
	record := make([]byte, cShimErrorSize)
	raw.Take_error(failure, record)
	message := record[16:]
	if end := bytes.IndexByte(message, 0); end >= 0 {
		message = message[:end]
	}
	return &Error{
		Status:    Status(int32(native.Uint32(record))),
		OSError:   int(int32(native.Uint32(record[4:]))),
		Retryable: native.Uint32(record[8:]) != 0,
		Message:   string(message),
	}
}

// native is the byte order of the machine, in which calls write single numbers. Packed rows are little-endian anywhere.
var native = func() binary.ByteOrder {
	probe := uint16(1)
	if *(*byte)(unsafe.Pointer(&probe)) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()
