;; It says what it is beyond its memory.
;; ends: trap
(func $describe (result i32) (i32.const -4))
