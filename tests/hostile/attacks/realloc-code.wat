;; It gives the host the beginning of its own memory to write to, whatever stands there.
;; ends: nothing
(func $realloc (param i32 i32 i32 i32) (result i32) (i32.const 0))
