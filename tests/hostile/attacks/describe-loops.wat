;; It never ends saying what it is.
;; ends: timeout
(func $describe (result i32) (loop $again (br $again)) unreachable)
