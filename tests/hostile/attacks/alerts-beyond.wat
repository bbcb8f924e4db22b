;; It answers alerts beyond its memory.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.store (i32.const 60008) (i32.const -64))
  (i32.store (i32.const 60012) (i32.const 2))
  (i32.const 60000))
