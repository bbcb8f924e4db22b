;; It fills memory that it does not have.
;; ends: refused
(data (i32.const 0x7fffffff) "x")
